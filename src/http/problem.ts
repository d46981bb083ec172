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
  revision_not_found: [404, 'There is no such revision'],
  method_not_allowed: [405, 'The method is not allowed here'],
  already_served: [409, 'It is served already'],
  not_pinned: [409, 'It is not pinned'],
  not_open: [409, 'The batch is not open any more'],
  still_led: [409, 'A daemon leads the source'],
  still_configured: [409, 'The source is a root of this daemon'],
  confirm_differs: [409, 'There is another number of definitions'],
  changes_gone: [410, 'These changes are not kept any more'],
  request_timeout: [408, 'The request took too long to arrive'],
  body_too_large: [413, 'The body is too large'],
  unsupported_media_type: [415, 'The content type is not understood'],
  invalid_query: [422, 'The query has errors'],
  invalid_body: [422, 'The body has errors'],
  rate_limited: [429, 'Too many requests'],
  headers_too_large: [431, 'The headers are too large'],
  internal: [500, 'An error of ours'],
  too_many_waiting: [503, 'Too many requests wait already'],
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
  return reply
    .code(error.status)
    .headers(error.headers)
    .type('application/problem+json; charset=utf-8')
    .send(problemDocument(error));
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
      return new ProblemError('body_too_large', 'a body may have at most 1 MiB');
    case 415:
      return new ProblemError('unsupported_media_type', 'this content type is not understood here');
    case 503:
      return new ProblemError('shutting_down', 'the daemon is stopping', { headers: { 'retry-after': '1' } });
    case undefined:
      return new ProblemError('internal', 'the request failed by an error of ours; the log says more');
    default:
      return new ProblemError('bad_request', 'the request is malformed');
  }
}

/** Status of an error of the HTTP library that is the client's doing, or its refusal while closing. */
function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('statusCode' in error) || !('code' in error)) return undefined;
  const isLibrary = typeof error.code === 'string' && error.code.startsWith('FST_');
  const { statusCode } = error;
  if (!isLibrary || typeof statusCode !== 'number') return undefined;
  return (statusCode >= 400 && statusCode < 500) || statusCode === 503 ? statusCode : undefined;
}
