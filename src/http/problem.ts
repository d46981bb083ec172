// Everything that can be refused over HTTP → RFC 9457 problem documents. The one catalogue of their codes.
import type { FastifyReply } from 'fastify';
import { AppError } from '../model/errors.ts';
import type { Json } from '../model/pack.ts';

/** Status and title of each code. */
export const problems = {
  bad_request: [400, 'The request cannot be read'],
  unauthorized: [401, 'A bearer token is needed'],
  role_forbidden: [403, 'The token may not do this'],
  host_forbidden: [403, 'This Host is not answered'],
  origin_forbidden: [403, 'This Origin may not do this'],
  not_found: [404, 'There is no such thing'],
  retired: [404, 'It was retired'],
  not_registered: [404, 'Its file is not registered'],
  pack_not_found: [404, 'There is no such pack'],
  revision_not_found: [404, 'There is no such revision'],
  method_not_allowed: [405, 'The method is not allowed here'],
  exists: [409, 'It is there already'],
  owned_by_file: [409, 'It belongs to a file'],
  owned_by_root: [409, 'The pack belongs to a root'],
  claimed: [409, 'Its refs belong to others'],
  protected: [409, 'It is protected'],
  already_served: [409, 'It is served already'],
  not_pinned: [409, 'It is not pinned'],
  not_on_disk: [409, 'No file stands behind it'],
  not_open: [409, 'The batch is not open any more'],
  still_led: [409, 'A daemon leads the source'],
  still_configured: [409, 'The source is a root of this daemon'],
  confirm_differs: [409, 'There is another number of definitions'],
  changes_gone: [410, 'These changes are not kept any more'],
  request_timeout: [408, 'The request took too long to arrive'],
  precondition_failed: [412, 'It is not as it was seen'],
  body_too_large: [413, 'The body is too large'],
  unsupported_media_type: [415, 'The content type is not understood'],
  invalid_query: [422, 'The query has errors'],
  invalid_body: [422, 'The body has errors'],
  invalid_definition: [422, 'The definition has errors'],
  invalid_pack: [422, 'The pack has errors'],
  invalid_archive: [422, 'The archive cannot be read'],
  rate_limited: [429, 'Too many requests'],
  headers_too_large: [431, 'The headers are too large'],
  internal: [500, 'An error of ours'],
  busy: [503, 'Too much is written at once'],
  too_many_waiting: [503, 'Too many requests wait already'],
  not_scanned: [503, 'The disk cannot be looked at now'],
  database_unreachable: [503, 'The database does not answer'],
  shutting_down: [503, 'The daemon is stopping'],
} as const satisfies Readonly<Record<string, readonly [number, string]>>;

export type ProblemCode = keyof typeof problems;

/** Members beyond those of the RFC. */
export type ProblemExtra = Readonly<Record<string, Json | undefined>>;

/** A refusal on its way to the client. */
export class ProblemError extends Error {
  readonly code: ProblemCode;
  readonly extra: ProblemExtra;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ProblemCode,
    detail: string,
    options: { extra?: ProblemExtra; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(detail);
    this.name = 'ProblemError';
    this.code = code;
    this.extra = options.extra ?? {};
    this.headers = options.headers ?? {};
  }

  get status(): number {
    return problems[this.code][0];
  }
}

/** The document itself. */
export function problemDocument(error: ProblemError): string {
  const [status, title] = problems[error.code];
  return JSON.stringify({
    type: `urn:packwatch:problem:${error.code}`,
    title,
    status,
    detail: error.message,
    code: error.code,
    ...error.extra,
  });
}

export function sendProblem(reply: FastifyReply, error: ProblemError): FastifyReply {
  reply.refusedFor = error.code;
  return (
    reply
      .code(error.status)
      .headers(error.headers)
      // A tag may have been set for what was to be shown.
      .removeHeader('etag')
      .type('application/problem+json; charset=utf-8')
      .send(problemDocument(error))
  );
}

/** The refusal that stands for anything thrown. Nothing of an unexpected error's text goes out: it is for the log. */
export function problemOf(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof AppError && error.code === 'database_unreachable') {
    return new ProblemError('database_unreachable', 'the registry cannot be read at the moment; try again', {
      headers: { 'retry-after': '1' },
    });
  }
  switch (statusOf(error)) {
    case 413:
      return new ProblemError('body_too_large', 'the body has more bytes than are taken here');
    case 415:
      return new ProblemError('unsupported_media_type', 'this content type is not understood here');
    case 503:
      return shuttingDown();
    case undefined:
      return new ProblemError('internal', 'the request failed by an error of ours; the log says more');
    default:
      return new ProblemError('bad_request', 'the request is malformed');
  }
}

/** What comes when the listener closes already. */
export function shuttingDown(): ProblemError {
  return new ProblemError('shutting_down', 'the daemon is stopping', { headers: { 'retry-after': '1' } });
}

/** Status of an error of the HTTP library that is the client's doing, or its refusal while closing. */
function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('statusCode' in error) || !('code' in error)) return undefined;
  const isLibrary = typeof error.code === 'string' && error.code.startsWith('FST_');
  const { statusCode } = error;
  if (!isLibrary || typeof statusCode !== 'number') return undefined;
  return (statusCode >= 400 && statusCode < 500) || statusCode === 503 ? statusCode : undefined;
}
