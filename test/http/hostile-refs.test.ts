// Refs that lead somewhere else, in the path of a request: each is refused by a problem document, and nobody is asked for more
// than the very name.
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostilePaths } from '../support/hostile-paths.ts';
import { hostileRefs } from '../support/hostile-refs.ts';
import { openApp } from '../support/http-app.ts';

const seed = Number(process.env['PACKWATCH_TEST_SEED'] ?? 1);
const routes = ['/api/v1/workflows/', '/api/v1/packs/'] as const;

const { app, get, asked } = openApp();
const logged: string[] = [];
let port = 0;
beforeAll(async () => {
  await app.listen({ port: 0, host: '127.0.0.1' });
  port = (app.server.address() as AddressInfo).port;
});
afterAll(() => app.close());

type Answer = { readonly status: number; readonly type: string; readonly body: string };

/** What is not a refusal in words that can be shown anywhere. */
function isBad({ status, type, body }: Answer): boolean {
  const isRefusal = [400, 404, 414, 431].includes(status) && type.startsWith('application/problem+json');
  return !isRefusal || /pw-escaped|root:x:|node_modules|\/src\/|[^\P{C}]/u.test(body);
}

describe('5,000 hostile refs', () => {
  it.each(routes)('are refused below %s', async (route) => {
    const bad: unknown[] = [];
    for (const ref of hostileRefs(5000, seed)) {
      // Alone, dots would be taken out by any client before they are sent.
      const encoded = encodeURIComponent(Buffer.from(ref).toString()).replaceAll('.', '%2E');
      const { statusCode, headers, body } = await get(route + encoded);
      const answer = { status: statusCode, type: String(headers['content-type']), body };
      if (isBad(answer)) bad.push([ref, answer]);
    }
    expect(bad).toEqual([]);
  });

  it('are looked for under no other name than their own', () => {
    const known = new Set(hostileRefs(5000, seed));
    expect(asked.filter((question) => typeof question !== 'string' || !known.has(question))).toEqual([]);
    expect(logged).toEqual([]);
  });
});

/** The path as it is, which no well-behaved client sends. */
function sendRaw(path: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ port, path, host: '127.0.0.1', headers: { host: 'localhost' } }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          type: answer.headers['content-type'] ?? '',
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    sent.on('error', reject);
    sent.end();
  });
}

describe('paths as no client spells them', () => {
  it.each(routes)('are refused below %s', async (route) => {
    // What HTTP itself forbids in a path never gets there.
    const paths = hostilePaths.map((path) => path.replace(/[^!-~]/g, (one) => encodeURIComponent(one)));
    const more = ['%', '%zz', '%c0%ae%c0%ae', '%ff', '..%00', ';/..', '%252e%252e', '?x=/..', '#/..', '//..'];
    const bad: unknown[] = [];
    for (const path of [...paths, ...more]) {
      const answer = await sendRaw(route + path);
      // A query that is not known.
      const status = answer.status === 422 && /^[?#]/.test(path) ? 404 : answer.status;
      if (isBad({ ...answer, status })) bad.push([path, answer]);
    }
    expect(bad).toEqual([]);
  });
});
