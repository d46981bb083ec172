// POST /reconcile, /packs/:ref/sync, /packs/:ref/validate, /workflows/:ref/reload: what is asked of the daemon, answered and refused.
import { describe, expect, it } from 'vitest';
import type { ScanAnswer, ScanResult } from '../../src/model/scan.ts';
import { openApp } from '../support/http-app.ts';

const answer: ScanAnswer = { files: [], omitted: 0, unscanned: [] };

function open(result: ScanResult = { outcome: 'scanned', answer }) {
  const asked: unknown[] = [];
  const app = openApp({
    configured: ['root:packs'],
    scans: {
      async scan(question) {
        asked.push(question);
        return result;
      },
      async validate(ref) {
        asked.push(['validate', ref]);
        return result;
      },
    },
  });
  return { asked, post: (path: string, body?: object) => app.send('POST', `/api/v1${path}`, body) };
}

describe('a request for a pass', () => {
  it.each([
    ['/reconcile', { about: 'source', source: undefined }],
    ['/reconcile?source=packs', { about: 'source', source: 'root:packs' }],
    ['/reconcile?source=root:packs', { about: 'source', source: 'root:packs' }],
    ['/packs/ops/sync', { about: 'pack', ref: 'ops' }],
    ['/packs/ops/validate', ['validate', 'ops']],
  ])('%s is asked for, and answered with what was found', async (path, question) => {
    const { asked, post } = open();
    const { statusCode, json } = await post(path);
    expect([statusCode, json(), asked]).toEqual([200, { data: answer }, [question]]);
  });

  it('of a workflow is one over its pack, answered as GET answers', async () => {
    const { asked, post } = open();
    const { statusCode, json } = await post('/workflows/ops.page/reload');
    expect([statusCode, json().data.ref, asked]).toEqual([200, 'ops.page', [{ about: 'pack', ref: 'ops' }]]);
  });

  it.each(['/reconcile', '/packs/ops/sync', '/packs/ops/validate', '/workflows/ops.page/reload'])(
    '%s takes nothing that it does not know',
    async (path) => {
      const { asked, post } = open();
      expect((await post(`${path}?all=1`)).json().code).toBe('invalid_query');
      expect((await post(path, { all: true })).json().code).toBe('invalid_body');
      expect(asked).toEqual([]);
    },
  );

  it.each([
    [{ reason: 'unknown_source' }, 404, 'not_found'],
    [{ reason: 'unknown_pack' }, 404, 'not_found'],
    [{ reason: 'not_on_disk' }, 409, 'not_on_disk'],
    [{ reason: 'unscanned', why: 'root:packs cannot be looked at: it is gone' }, 503, 'not_scanned'],
    [{ reason: 'aborted' }, 503, 'shutting_down'],
  ] as const)('is refused: %o', async (refusal, status, code) => {
    // Of the roots of a daemon none is without a disk.
    const whole = refusal.reason === 'not_on_disk' ? [] : ['/reconcile'];
    for (const path of [...whole, '/packs/ops/sync', '/packs/ops/validate']) {
      const { statusCode, json } = await open({ outcome: 'refused', ...refusal }).post(path);
      expect([statusCode, json().code]).toEqual([status, code]);
      if (refusal.reason === 'unscanned') expect(json().detail).toBe(refusal.why);
    }
  });

  it('is refused for refs that can be nothing, before anything is asked', async () => {
    const { asked, post } = open();
    for (const path of [
      '/packs/..%2Fetc/sync',
      '/packs/a%00/validate',
      '/workflows/%2e%2e/reload',
      '/workflows/a%20b/reload',
    ])
      expect([path, (await post(path)).statusCode]).toEqual([path, 404]);
    expect(asked).toEqual([]);
  });
});
