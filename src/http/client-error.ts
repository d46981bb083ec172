// What the parser of Node refuses never becomes a request → the answer, written by hand. Pure.
import { STATUS_CODES } from 'node:http';
import { codeOf } from '../model/errors.ts';
import { ProblemError, problemDocument } from './problem.ts';

/** A whole HTTP/1.1 answer, after which the connection has to be closed: what follows on it cannot be understood. */
export function answerToClientError(error: unknown): string {
  const problem = problemOfClientError(codeOf(error));
  const body = problemDocument(problem);
  return [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    'content-type: application/problem+json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'cache-control: no-cache',
    'x-content-type-options: nosniff',
    'connection: close',
    '',
    body,
  ].join('\r\n');
}

function problemOfClientError(code: string | undefined): ProblemError {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new ProblemError('request_timeout', 'headers have to arrive within 10 s, a request within 30 s');
    case 'HPE_HEADER_OVERFLOW':
      return new ProblemError(
        'headers_too_large',
        'request line and headers may have at most 16 KiB together',
      );
    default:
      return new ProblemError('bad_request', 'this is no well-formed HTTP request');
  }
}
