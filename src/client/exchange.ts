// One request → the body of a successful answer; a refusal or a daemon that is not there is thrown, typed, in words.
import type { Diagnostic } from '../model/diagnostic.ts';
import { AppError, codeOf } from '../model/errors.ts';
import { RefusalError } from './refusal.ts';

export type ClientOptions = {
  /** Base without a trailing slash, `http://127.0.0.1:7410`. */
  readonly url: string;
  /** Bearer token; it is in no message. */
  readonly token: string | undefined;
  /** For the `user-agent`. */
  readonly version: string;
  /** For a whole exchange, in ms. @default 15 000, for an upload 120 000 */
  readonly timeoutMs?: number;
};

/** Values of one key; undefined ones are left out. */
export type Query = Readonly<Record<string, string | number | readonly string[] | undefined>>;

export type Ask = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below `/api/v1`, each segment encoded, with a leading slash. */
  readonly path: string;
  readonly query?: Query;
  /** Sent as JSON. */
  readonly body?: object;
  /** Sent as they are, instead of a body. */
  readonly upload?: { readonly bytes: Uint8Array; readonly type: string };
  /** @default 'application/json' */
  readonly accept?: string;
};

const defaultTimeoutMs = 15_000;
const uploadTimeoutMs = 120_000;
const howToFind = 'start one with `packwatch run`, or name another by PACKWATCH_URL or --url';

/** Sends one request and reads the answer whole; empty where nothing is to be said. Throws `RefusalError`, or `AppError('daemon_unreachable')`. */
export async function exchange(options: ClientOptions, ask: Ask): Promise<string> {
  const { status, type, location, text } = await send(options, ask);
  const isJson = /^application\/(?:[\w.-]+\+)?json\b/.test(type);
  if (status >= 400 && isJson) throw refusalOf(options, status, text);
  if (status >= 300 && status < 400 && location !== null) {
    throw unreachable(
      `${options.url} leads elsewhere (status ${status}); PACKWATCH_URL has to name the daemon itself`,
    );
  }
  if (status === 204) return '';
  if (status < 200 || status >= 300 || !(isJson || type.startsWith(ask.accept ?? 'application/json'))) {
    throw notOurs(options, status, type);
  }
  return text;
}

type Answer = {
  readonly status: number;
  readonly type: string;
  readonly location: string | null;
  readonly text: string;
};

async function send(options: ClientOptions, ask: Ask): Promise<Answer> {
  const { url, token, version } = options;
  const timeoutMs = options.timeoutMs ?? (ask.upload === undefined ? defaultTimeoutMs : uploadTimeoutMs);
  const content = contentOf(ask);
  try {
    const answer = await fetch(`${url}/api/v1${ask.path}${queryText(ask.query)}`, {
      method: ask.method,
      headers: {
        accept: ask.accept ?? 'application/json',
        'user-agent': `packwatch/${version}`,
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(content === undefined ? {} : { 'content-type': content.type }),
      },
      ...(content === undefined ? {} : { body: content.data }),
      // Followed, it could carry the token to a place nobody named.
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const { status, headers } = answer;
    const text = await answer.text();
    return { status, type: headers.get('content-type') ?? '', location: headers.get('location'), text };
  } catch (error) {
    throw lostOf(error, url, timeoutMs);
  }
}

function contentOf({
  body,
  upload,
}: Ask): { type: string; data: string | Uint8Array<ArrayBuffer> } | undefined {
  if (upload !== undefined) return { type: upload.type, data: new Uint8Array(upload.bytes) };
  return body === undefined ? undefined : { type: 'application/json', data: JSON.stringify(body) };
}

function queryText(query: Query = {}): string {
  const parameters = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value === undefined) continue;
    for (const one of typeof value === 'object' ? value : [value]) parameters.append(key, String(one));
  }
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}

/** No answer at all: who was asked, what happened, what to do. */
function lostOf(error: unknown, url: string, timeoutMs: number): AppError {
  if (error instanceof Error && error.name === 'TimeoutError') {
    return unreachable(`the daemon at ${url} did not answer within ${timeoutMs / 1000} s`, error);
  }
  const cause = error instanceof Error ? error.cause : undefined;
  return unreachable(`no daemon answers at ${url} (${reasonOf(cause)}); ${howToFind}`, error);
}

function reasonOf(cause: unknown): string {
  const code = codeOf(cause);
  switch (code) {
    case 'ECONNREFUSED':
      return 'connection refused';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'no such host';
    case 'ECONNRESET':
    case 'UND_ERR_SOCKET':
      return 'the connection was cut';
    case undefined:
      // What the standard of fetch says of ports that other protocols own.
      if (cause instanceof Error && cause.message === 'bad port')
        return 'a port that HTTP clients refuse to use';
      return cause instanceof Error && cause.message !== '' ? cause.message : 'the request failed';
    default:
      return code;
  }
}

/** Something else listens there. */
export function notOurs({ url }: ClientOptions, status: number, type: string): AppError {
  const what = type === '' ? 'nothing said of its type' : type.split(';', 1)[0];
  return unreachable(
    `what answers at ${url} is no Packwatch daemon (status ${status}, ${what}); ${howToFind}`,
  );
}

/** The document of a success, or the error that it is none. */
export function parseDocument(options: ClientOptions, text: string): Readonly<Record<string, unknown>> {
  const document = parse(text);
  if (document === undefined || !('data' in document)) throw notOurs(options, 200, 'JSON of another kind');
  return document;
}

function refusalOf(options: ClientOptions, status: number, text: string): Error {
  const problem = parse(text);
  const code = problem?.['code'];
  const detail = problem?.['detail'];
  if (typeof code !== 'string' || typeof detail !== 'string') {
    return notOurs(options, status, 'JSON of another kind');
  }
  const diagnostics = Array.isArray(problem?.['diagnostics'])
    ? (problem['diagnostics'] as readonly Diagnostic[])
    : [];
  return new RefusalError({ status, code, detail: adviceOn(options, code) ?? detail, diagnostics });
}

/** What helps against a refusal that the client's own settings cause. */
function adviceOn({ url, token }: ClientOptions, code: string): string | undefined {
  if (code !== 'unauthorized') return undefined;
  return token === undefined
    ? `the daemon at ${url} asks for a token; give one of its token file by PACKWATCH_TOKEN`
    : `the daemon at ${url} does not know the token given by PACKWATCH_TOKEN`;
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined; // the caller says what it is not
  }
}

function unreachable(message: string, cause?: unknown): AppError {
  return new AppError('daemon_unreachable', message, { retryable: true, cause });
}
