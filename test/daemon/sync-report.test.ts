// Several passes of one run → one report.
import { describe, expect, it } from 'vitest';
import { toSyncReport } from '../../src/daemon/sync-report.ts';
import type { PackDir, PackPath, SourceName } from '../../src/model/pack.ts';
import { hasProblems } from '../../src/model/report.ts';
import type { PassReport } from '../../src/reconcile/ports.ts';

const source = 'root:a' as SourceName;

function pass(more: Partial<PassReport>, ...dirs: string[]): PassReport {
  return {
    cause: 'request',
    startedAtMs: 0,
    oldestSeenAtMs: 0,
    durationMs: 2,
    stages: {},
    packs: [],
    held: new Map(),
    unhealthy: [],
    refused: [],
    roots: new Map([
      [
        source,
        {
          ...{ identity: '1:1', isFull: true, looked: new Set(), changed: new Set(), unlisted: new Map() },
          linked: new Map(dirs.map((dir) => [dir as PackDir, []])),
        },
      ],
    ]),
    parsed: 1,
    written: 3,
    unchanged: 0,
    invalid: [],
    again: new Map(),
    waiting: new Map(),
    ...more,
  };
}

const bad = (path: string) => ({ source, path: path as PackPath, ref: null, diagnostics: [] });
const again = new Map([[source, new Set(['two' as PackDir])]]);

describe('toSyncReport', () => {
  it('adds up what each pass did and counts no definition twice', () => {
    const report = toSyncReport(
      [pass({ unchanged: 40, again }, 'one'), pass({ unchanged: 2 }, 'two')],
      String,
    );
    expect(report).toMatchObject({ parsed: 2, written: 6, unchanged: 42, durationMs: 4 });
    expect(hasProblems(report)).toBe(false);
  });

  it('keeps the last verdict on each pack', () => {
    const first = pass(
      { invalid: [bad('one/workflows/a.yaml'), bad('two/workflows/b.yaml')], again },
      'one',
      'two',
    );
    const second = pass({ invalid: [bad('two/workflows/c.yaml')] }, 'two');
    const paths = toSyncReport([first, second], String).invalid.map(({ path }) => path);
    expect(paths).toEqual(['one/workflows/a.yaml', 'two/workflows/c.yaml']);
  });

  it('is a problem when a pack is still being written at the end', () => {
    const report = toSyncReport([pass({ again }, 'one')], String);
    expect(report.unhealthy).toMatchObject([{ source, reason: expect.stringContaining('two') }]);
    expect(hasProblems(report)).toBe(true);
  });
});
