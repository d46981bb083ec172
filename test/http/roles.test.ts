// Who may ask what: every operation of the document, without a token, with one that reads and with one that writes.
import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { openWholeApp, operationsOf, readDocument } from '../support/whole-app.ts';

const secretOf = (role: string) => `${role}-is-a-secret-of-more-than-thirty-two-bytes`;
const tokens = () =>
  (['read', 'write'] as const).map((role) => ({
    name: role,
    role,
    sha256: createHash('sha256').update(secretOf(role)).digest('hex'),
  }));
/** POSTs that store nothing. */
const judging = ['/api/v1/workflows/validate', '/api/v1/packs/{ref}/validate'];

let operations: ReturnType<typeof operationsOf>;
beforeAll(async () => {
  operations = operationsOf(await readDocument(openWholeApp()));
});

/** What is refused before anything is asked of a port; undefined: something else came of it. */
async function refusalsOf(role?: string) {
  const refused = new Map<string, string>();
  const app = openWholeApp({ tokens, isLoopback: false });
  for (const { method, path } of operations) {
    const answer = await app.inject({
      method: method.toUpperCase() as 'GET',
      url: path.replaceAll(/\{\w+\}/g, '1'),
      headers: role === undefined ? {} : { authorization: `Bearer ${secretOf(role)}` },
    });
    const { code } = String(answer.headers['content-type']).includes('json')
      ? answer.json()
      : { code: undefined };
    if (['unauthorized', 'role_forbidden', 'rate_limited'].includes(code))
      refused.set(`${method} ${path}`, code);
  }
  return refused;
}

const namesOf = (fits: (method: string, path: string) => boolean) =>
  operations.filter(({ method, path }) => fits(method, path)).map(({ method, path }) => `${method} ${path}`);

describe('a caller', () => {
  it('without a token sees health and pages alone', async () => {
    const refused = await refusalsOf();
    expect(new Set(refused.values())).toEqual(new Set(['unauthorized']));
    expect([...refused.keys()]).toEqual(
      namesOf((_, path) => path.startsWith('/api/v1/') || path === '/metrics'),
    );
  });

  it('with a token that reads is refused what changes something, and nothing else', async () => {
    const refused = await refusalsOf('read');
    expect([...new Set(refused.values())]).toEqual(['role_forbidden']);
    expect([...refused.keys()]).toEqual(
      namesOf((method, path) => method !== 'get' && !judging.includes(path)),
    );
    expect(refused.size).toBeGreaterThan(15);
  });

  it('with a token that writes is refused nothing', async () => {
    expect([...(await refusalsOf('write'))]).toEqual([]);
  });
});
