// A daemon that answers what a test tells it to, and remembers what it was asked.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Asked = {
  readonly method: string;
  /** Below `/api/v1`, with the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** What JSON said, or the bytes of an upload. */
  readonly body: unknown;
};

export type FakeAnswer = {
  /** @default 200 */
  readonly status?: number;
  /** @default JSON; a problem document from 400 on */
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text as it is, anything else as JSON. */
  readonly body: unknown;
};

export type FakeDaemon = {
  readonly url: string;
  readonly asked: readonly Asked[];
};

/** `answer` is asked for each request; undefined: no word, the request hangs until the end. */
export async function startFakeDaemon(
  atEnd: (act: () => Promise<void>) => void,
  answer: (asked: Asked) => FakeAnswer | undefined,
): Promise<FakeDaemon> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      const path = (request.url ?? '').replace(/^\/api\/v1/, '');
      const one = { method: request.method ?? '', path, headers: request.headers, body };
      asked.push(one);
      const given = answer(one);
      if (given) send(response, given);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  atEnd(async () => {
    const closed = new Promise((resolve) => {
      server.close(resolve);
    });
    server.closeAllConnections();
    await closed;
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  if (request.headers['content-type'] === 'application/gzip') return bytes;
  const text = bytes.toString();
  return text === '' ? undefined : (JSON.parse(text) as unknown);
}

function send(response: ServerResponse, { status = 200, type, headers = {}, body }: FakeAnswer): void {
  const json = status >= 400 ? 'application/problem+json; charset=utf-8' : 'application/json; charset=utf-8';
  response.writeHead(status, { ...(status === 204 ? {} : { 'content-type': type ?? json }), ...headers });
  if (status === 204) response.end();
  else response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

/** `GET /held` → its answer, by method and path without the query; anything else is no such address. */
export function routes(table: Readonly<Record<string, unknown>>): (asked: Asked) => FakeAnswer {
  return ({ method, path }) => {
    const key = `${method} ${path.split('?', 1)[0]}`;
    return Object.hasOwn(table, key)
      ? { body: { data: table[key] } }
      : refusal(404, 'not_found', `nothing at ${key}`);
  };
}

export function refusal(status: number, code: string, detail: string, extra: object = {}): FakeAnswer {
  const body = { type: `urn:packwatch:problem:${code}`, title: 'No', status, detail, code, ...extra };
  return { status, body };
}

/** A list cut into pages as the query asks, in the shape of the API. */
export function pageOf(rows: readonly unknown[], { path }: Asked): FakeAnswer {
  const query = new URLSearchParams(path.split('?')[1]);
  const page = Number(query.get('page') ?? 1);
  const size = Number(query.get('page_size') ?? 50);
  const pages = Math.ceil(rows.length / size);
  return {
    body: {
      data: rows.slice((page - 1) * size, page * size),
      pagination: {
        ...{ page, page_size: size, total_items: rows.length, total_pages: pages },
        ...{ has_previous: page > 1 && pages > 0, has_next: page < pages },
      },
    },
  };
}
