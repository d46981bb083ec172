// What came of a write → its answer's refusals; what clients send → the definition in it.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { CatalogQueries } from '../../model/catalog.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import type { Submitted, WriteRefusal, WriteResult, Writes, Written } from '../../model/writes.ts';
import { acceptBytes, bodyOf } from '../body.ts';
import { changedMeanwhile } from '../conditional.ts';
import { printDefinition } from '../definition-text.ts';
import { ProblemError, type ProblemExtra } from '../problem.ts';

export type WriterPorts = {
  readonly queries: CatalogQueries;
  readonly writes: Writes;
  /** Bytes of a definition's text at most. */
  readonly maxDefinitionBytes: number;
  /** A pass over the source may have something to do now. */
  onDecision(source: string): void;
};

/** Definitions that are taken in at once: each is held in memory, and a large one may be checked for seconds. */
const maxDefinitions = 64;
/** So many findings are shown; the rest is counted. */
const maxShown = 1_000;

/** In this scope a body may be YAML. */
export function acceptYaml(app: FastifyInstance): void {
  acceptBytes(app, 'application/yaml');
  limitRunning(app, maxDefinitions, 'too many definitions are being taken in; try again');
}

/** In this scope only so many requests with a body run at once; another is refused before its body is read. */
export function limitRunning(app: FastifyInstance, most: number, refusal: string): void {
  const running = new Set<FastifyRequest>();
  app.addHook('onRequest', async (request) => {
    if (request.routeOptions.config.operation?.body === undefined) return;
    if (running.size >= most) throw new ProblemError('busy', refusal, { headers: { 'retry-after': '2' } });
    running.add(request);
  });
  app.addHook('onResponse', async (request) => void running.delete(request));
}

/** The definition in a body: YAML as it was sent, JSON printed. */
export function readDefinition(request: FastifyRequest, maxBytes: number): Submitted {
  const { body } = request;
  if (body instanceof Uint8Array) return { bytes: body };
  if (typeof body !== 'string')
    throw new ProblemError('unsupported_media_type', 'send application/yaml, or application/json');
  const { packRef, definition } = bodyOf(request, (fields) => ({
    packRef: fields.text('pack_ref'),
    definition: fields.mapping('definition'),
  }));
  return { bytes: Buffer.from(printDefinition(definition, maxBytes)), packRef };
}

/** What was written; anything else is refused. `missing` says what is there instead, by throwing. `invalid`: for what has errors. */
export async function doneOf(
  result: WriteResult,
  missing: () => Promise<unknown>,
  invalid: 'invalid_definition' | 'invalid_pack' = 'invalid_definition',
): Promise<Written> {
  if (result.outcome === 'done') return result;
  if (result.reason === 'missing') {
    await missing();
    throw new ProblemError('not_found', 'it was not there a moment ago; try again');
  }
  throw refusalOf(result, invalid);
}

/** What is there after a write, as `show` reads it. Who else writes may have taken it away again before it is read. */
export async function afterwards(show: Promise<object>): Promise<object> {
  try {
    return await show;
  } catch (error) {
    if (!(error instanceof ProblemError && error.status === 404)) throw error;
    throw new ProblemError('busy', 'it was written, and changed by others before it could be shown', {
      headers: { 'retry-after': '1' },
    });
  }
}

function refusalOf(
  refused: Exclude<WriteRefusal, { reason: 'missing' }>,
  invalid: 'invalid_definition' | 'invalid_pack',
): ProblemError {
  switch (refused.reason) {
    case 'pack_missing':
      return new ProblemError('pack_not_found', `there is no pack ${refused.packRef} to write into`);
    case 'exists':
      return new ProblemError('exists', `${refused.ref} is there already; PUT replaces it`);
    case 'owned':
      return ownedBy(refused);
    case 'conflict':
      return new ProblemError(
        'claimed',
        'definitions that were written by themselves hold refs of these files',
        {
          extra: shown(refused.diagnostics),
        },
      );
    case 'protected':
      return new ProblemError(
        'protected',
        `${refused.refs.slice(0, 20).join(', ')}: protected; unprotect first`,
        {
          extra: { refs: refused.refs },
        },
      );
    case 'changed':
      return changedMeanwhile('what is registered');
    case 'busy':
      return new ProblemError('busy', 'others write the pack at the same time; try again', {
        headers: { 'retry-after': '1' },
      });
    case 'invalid':
      return new ProblemError(invalid, problemsIn(refused.diagnostics), {
        extra: shown(refused.diagnostics),
      });
    case 'archive':
      return new ProblemError('invalid_archive', refused.message);
  }
}

function ownedBy({ ref, source, path }: Extract<WriteRefusal, { reason: 'owned' }>): ProblemError {
  const extra = { source, path };
  if (!ref.includes('.'))
    return new ProblemError('owned_by_root', `the pack ${ref} belongs to ${source}`, { extra });
  const place = path === null ? source : `the file ${path} of ${source}`;
  return new ProblemError('owned_by_file', `${ref} is defined by ${place}; change it there`, { extra });
}

function shown(diagnostics: readonly Diagnostic[]): ProblemExtra {
  const omitted = diagnostics.length - maxShown;
  return { diagnostics: diagnostics.slice(0, maxShown), ...(omitted > 0 ? { omitted } : {}) };
}

function problemsIn(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  const more = errors.length > 1 ? `, and ${errors.length - 1} more` : '';
  return first ? `${first.path}:${first.line}:${first.column} ${first.message}${more}` : 'it has errors';
}
