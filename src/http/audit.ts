// One log line for each request that may change something: who asked for what, and what came of it.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { LogFields, Logger } from '../model/logger.ts';
import { isWrite } from './caller.ts';
import { apiBase } from './openapi/document.ts';
import type { ProblemCode } from './problem.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** What the answer says of what was changed. */
    changed: LogFields | undefined;
  }
  interface FastifyReply {
    /** Why it was refused. */
    refusedFor: ProblemCode | undefined;
  }
}

/** Longest text of a client that is written into a line, in characters. */
const maxText = 255;

/**
 * Writes the lines of a scope. Written when the answer is made, which a client that has gone does not prevent. Whoever has no
 * good token is not told of here: such requests are without number.
 */
export function addAudit(app: FastifyInstance, logger: Logger): void {
  app.addHook('preSerialization', async (request, _, payload) => {
    if (isWrite(request)) request.changed = fieldsOf(payload, subjectOf(request));
    return payload;
  });
  app.addHook('onSend', async (request, reply) => {
    const { caller, routeOptions, method, ip, changed } = request;
    if (caller === undefined || routeOptions.url === undefined || !isWrite(request)) return;
    const { statusCode: status, refusedFor: code, elapsedTime } = reply;
    logger.info(
      {
        ...{ who: caller.name, method, route: routeOptions.url },
        ...namesOf(request),
        ...changed,
        ...{ status, code, remote: ip, durationMs: Math.round(elapsedTime) },
      },
      status < 400 ? 'changed by request' : 'a request to change something was refused',
    );
  });
}

/** What a `ref` in address and answer is of. */
function subjectOf({ routeOptions: { url = '' } }: FastifyRequest): 'pack' | 'ref' {
  return url.startsWith(`${apiBase}/packs`) ? 'pack' : 'ref';
}

/** What the address names. It may be anything that a client can write. */
function namesOf(request: FastifyRequest): LogFields {
  const { ref, name, batch } = (request.params ?? {}) as Readonly<Record<string, unknown>>;
  return { [subjectOf(request)]: told(ref), source: told(name), batch: told(batch) };
}

function fieldsOf(payload: unknown, subject: string): LogFields {
  const { data } = (typeof payload === 'object' && payload !== null ? payload : {}) as { data?: unknown };
  if (typeof data !== 'object' || data === null) return {};
  const { ref, revision, number, version, retired } = data as Readonly<Record<string, unknown>>;
  return {
    ...(ref === undefined ? {} : { [subject]: told(ref) }),
    ...{ revision: told(revision), number: told(number), version: told(version), retired: told(retired) },
  };
}

function told(value: unknown): string | number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' ? value.slice(0, maxText) : undefined;
}
