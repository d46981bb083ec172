// A JSON body's fields → typed values, or one refusal that names every mistake in it.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { JsonObject } from '../model/pack.ts';
import { ProblemError } from './problem.ts';

/** Reads one key at a time; a key that was never asked for is unknown. */
export type BodyReader = {
  /** A whole number from 1 to `max`; 0 when it is none, which `finish` refuses. */
  whole(key: string, max: number): number;
  /** A text of at most 255 characters, undefined without the key. */
  text(key: string): string | undefined;
  /** A mapping; an empty one when it is none, which `finish` refuses. */
  mapping(key: string): JsonObject;
};

/** In this scope a body is JSON or it is refused with 415; it is parsed when it is asked for. */
export function acceptJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_, body, done) => done(null, body));
}

/** What is answered before its body was read whole has its connection closed: the rest of a body is not waited for. */
export function closeUnread(app: FastifyInstance): void {
  app.addHook('onSend', async ({ raw }, reply) => {
    const { 'content-length': length = '0', 'transfer-encoding': encoding } = raw.headers;
    if (!raw.complete && (encoding !== undefined || length !== '0')) reply.header('connection', 'close');
  });
}

/** In this scope a body may also be of this type, which is taken as bytes. */
export function acceptBytes(app: FastifyInstance, type: string): void {
  app.addContentTypeParser(type, { parseAs: 'buffer' }, (_, body, done) => done(null, body));
}

/** Reads a body whole: what `read` does not ask for is refused. No body is one without fields. */
export function bodyOf<T>(request: FastifyRequest, read: (body: BodyReader) => T): T {
  const fields = fieldsOf(request.body);
  const asked = new Set<string>();
  const errors: { key: string; message: string }[] = [];
  const value = read({
    whole(key, max) {
      asked.add(key);
      const given = fields.get(key);
      if (typeof given === 'number' && Number.isInteger(given) && given >= 1 && given <= max) return given;
      errors.push({ key, message: `expected a whole number from 1 to ${max}` });
      return 0;
    },
    text(key) {
      asked.add(key);
      const given = fields.get(key);
      if (given === undefined || (typeof given === 'string' && given.length <= 255)) return given;
      errors.push({ key, message: 'expected a text of at most 255 characters' });
      return undefined;
    },
    mapping(key) {
      asked.add(key);
      const given = fields.get(key);
      if (isMapping(given)) return given as JsonObject;
      errors.push({ key, message: 'expected a JSON object' });
      return {};
    },
  });
  for (const key of fields.keys()) {
    if (asked.has(key)) continue;
    errors.push({ key, message: `unknown; known are ${[...asked].join(', ') || 'none'}` });
  }
  if (errors.length === 0) return value;
  const detail = errors.map(({ key, message }) => `${JSON.stringify(key)}: ${message}`).join('; ');
  throw new ProblemError('invalid_body', detail.slice(0, 2000), { extra: { errors: errors.slice(0, 50) } });
}

function fieldsOf(body: unknown): ReadonlyMap<string, unknown> {
  if (typeof body !== 'string' || body.trim() === '') return new Map();
  const value = parse(body);
  if (isMapping(value)) return new Map(Object.entries(value));
  throw new ProblemError('invalid_body', 'expected a JSON object');
}

function isMapping(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Where it went wrong is told in the engine's words, which differ from version to version.
    throw new ProblemError('bad_request', 'the body is no JSON');
  }
}
