// Reads that a replica may answer: which they are, and what is told of each.
import { describe, expect, it } from 'vitest';
import { mayBeReplicas } from '../../src/http/reads.ts';
import type { ReadPlace, Reads } from '../../src/model/reads.ts';
import { openApp } from '../support/http-app.ts';

/** Counts who asked for what; each request's reads end at `place`. */
function openReads(place: ReadPlace, wrote: number | undefined = 12) {
  const asked: (number | undefined)[] = [];
  const reads: Reads = {
    async enter(atLeast, proceed) {
      asked.push(atLeast);
      proceed({ place: () => place, version: 11 });
    },
    wrote: async () => wrote,
  };
  return { ...openApp({ reads }), asked };
}

describe('a read of the catalogue', () => {
  it('says where it was answered, and of which version it is at least', async () => {
    for (const place of ['replica', 'primary'] as const) {
      const { get } = openReads(place);
      const { headers } = await get('/api/v1/workflows');
      expect(headers).toMatchObject({ 'packwatch-read': place, 'packwatch-version': '11' });
    }
  });

  it('may ask for a version, which is a number', async () => {
    const { get, asked } = openReads('replica');
    await get('/api/v1/workflows', { 'packwatch-min-version': '42' });
    expect(asked).toEqual([42]);
    const bad = await get('/api/v1/workflows', { 'packwatch-min-version': '4.2' });
    expect([bad.statusCode, bad.json().code]).toEqual([422, 'invalid_query']);
    expect(asked).toEqual([42]);
  });

  it.each([
    ['GET', '/workflows', true],
    ['HEAD', '/workflows/:ref', true],
    ['GET', '/workflows/:ref/revisions/:number', true],
    ['GET', '/packs/:ref/workflows', true],
    ['GET', '/problems', true],
    ['POST', '/workflows', false],
    ['PUT', '/workflows/:ref', false],
    ['POST', '/packs/:ref/sync', false],
    ['GET', '/wait', false],
    ['GET', '/changes', false],
    ['GET', '/status', false],
    ['GET', '/sources', false],
    ['GET', '/held', false],
    ['GET', '/explain', false],
    ['GET', '', false],
  ])('%s %s: %s', (method, path, expected) => {
    expect(mayBeReplicas(method, path)).toBe(expected);
  });

  it('says nothing where everything is read in one place', async () => {
    const { headers } = await openApp().get('/api/v1/workflows');
    expect(Object.keys(headers).filter((name) => name.startsWith('packwatch'))).toEqual([]);
  });
});
