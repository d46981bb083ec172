import { describe, expect, it } from 'vitest';
import type { PackPath } from '../../src/model/pack.ts';
import { hasProblems, type ReportEntry, type SyncReport } from '../../src/model/report.ts';
import { hasChanges, renderPlan } from '../../src/output/plan-text.ts';
import { plainStyle } from '../../src/output/style.ts';
import { planDocument, syncDocument } from '../../src/output/sync-json.ts';
import { renderSync } from '../../src/output/sync-text.ts';
import { count, duration, group } from '../../src/output/words.ts';

const quiet: SyncReport = {
  parsed: 0,
  written: 0,
  unchanged: 41,
  registered: [],
  updated: [],
  touched: [],
  moved: [],
  recovered: [],
  retired: [],
  kept: [],
  held: [],
  conflicts: [],
  invalid: [],
  unhealthy: [],
  durationMs: 33.6,
  stages: { scan: 1.2, load: 30.4 },
};

function entry(ref: string, reason: string, more: Partial<ReportEntry> = {}): ReportEntry {
  const path = `${ref.replace('.', '/workflows/')}.yaml`;
  return { source: 'root:packs', ref, path, reason, ...more };
}

const busy: SyncReport = {
  ...quiet,
  parsed: 4,
  written: 12,
  registered: [entry('release.ship', 'new file')],
  updated: [entry('ops.page', 'definition differs', { changes: ['label', 'tasks.call.retry'] })],
  retired: [entry('ops.old', 'the file is gone', { callers: ['release.ship'] })],
  kept: [entry('ops.bad', 'its file is invalid')],
  invalid: [
    {
      source: 'root:packs',
      path: 'ops/workflows/bad.yaml',
      ref: 'ops.bad',
      diagnostics: [
        { code: 'PACK_DIR', severity: 'warning', message: 'w', line: 1, column: 1, path: 'x' as PackPath },
        {
          code: 'YAML_SYNTAX',
          severity: 'error',
          message: 'no value',
          line: 3,
          column: 2,
          path: 'x' as PackPath,
        },
      ],
    },
  ],
  unhealthy: [{ source: 'root:more', path: '/srv/more', reason: 'it does not exist' }],
};

describe('renderSync', () => {
  it('says in one line that nothing had to be done', () => {
    expect(renderSync(quiet, plainStyle)).toBe(
      'everything is up to date, 41 unchanged (0 files parsed, 0 rows written, 34 ms)\n',
    );
  });

  it('says what happened to each ref and why', () => {
    expect(renderSync(busy, plainStyle)).toBe(`\
Registered 1
  + release.ship  release/workflows/ship.yaml  new file

Updated 1
  ~ ops.page  ops/workflows/page.yaml  definition differs
      changes: label, tasks.call.retry

Retired 1 (id and history stay until they are purged)
  - ops.old  ops/workflows/old.yaml  the file is gone
      still called by: release.ship

Kept 1 (the last good revision goes on being served)
  = ops.bad  ops/workflows/bad.yaml  its file is invalid

Invalid files 1 (not registered as they stand)
  x ops/workflows/bad.yaml
      YAML_SYNTAX at 3:2: no value (and 1 more)

Roots that could not be looked at 1 (nothing of theirs is removed)
  x root:more  /srv/more  it does not exist

1 registered, 1 updated, 1 retired, 41 unchanged (4 files parsed, 12 rows written, 34 ms)
\`packwatch check\` shows what is wrong, line by line
`);
  });

  it('names the source where there are several, aligns refs, and cuts a long list', () => {
    const many = Array.from({ length: 1234 }, (_, index) => entry(`p.w${index}`, 'new file'));
    const text = renderSync(
      { ...quiet, registered: [...many, { ...entry('p.z', 'r'), source: 'api' }] },
      plainStyle,
    );
    expect(text).toContain('  + p.w0    root:packs p/workflows/w0.yaml');
    expect(text).toContain('  and 1035 more; --format json lists them all');
    expect(text).toContain('1235 registered');
  });

  it('does not say that all is well beside a problem', () => {
    const text = renderSync({ ...quiet, held: [entry('ops.a', 'too many removals')] }, plainStyle);
    expect(text).toContain('nothing changed');
    expect(text).not.toContain('up to date');
  });

  it('lets no name move the cursor', () => {
    const hostile = entry('a\u001b[2J', 'b\n\u009b', { changes: ['\u0007'], callers: ['\r'] });
    const text = renderSync(
      { ...quiet, updated: [hostile], unhealthy: [{ source: 's', path: '\u001b', reason: '\u0000' }] },
      plainStyle,
    );
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });
});

describe('renderPlan', () => {
  it('says what would be done, and that nothing was', () => {
    const text = renderPlan(busy, plainStyle);
    expect(text).toMatch(/^To register 1\n {2}\+ release\.ship/);
    expect(text).toContain('To retire 1');
    expect(text.trimEnd().split('\n').at(-1)).toBe(
      '3 changes to make (41 unchanged; looked for 34 ms, changed nothing)',
    );
    expect(renderPlan(quiet, plainStyle)).toMatch(/^nothing to do /);
  });
});

describe('documents', () => {
  it('sync has refs, plan has refs with file and reason', () => {
    const sync = JSON.parse(JSON.stringify(syncDocument(busy)));
    expect(sync).toEqual({
      parsed: 4,
      written: 12,
      unchanged: 41,
      registered: ['release.ship'],
      updated: ['ops.page'],
      touched: [],
      moved: [],
      recovered: [],
      retired: ['ops.old'],
      kept: ['ops.bad'],
      held: [],
      conflicts: [],
      invalid: [{ source: 'root:packs', path: 'ops/workflows/bad.yaml' }],
      unhealthy: [{ source: 'root:more', path: '/srv/more', reason: 'it does not exist' }],
      duration_ms: 34,
      stages: { scan: 1, load: 30 },
    });
    const plan = JSON.parse(JSON.stringify(planDocument(busy)));
    expect(Object.keys(plan)).toEqual(Object.keys(sync));
    expect(plan.written).toBe(0);
    expect(plan.retired).toEqual([{ ...busy.retired[0] }]);
    expect(plan.invalid[0]).toMatchObject({ ref: 'ops.bad', reason: 'YAML_SYNTAX at 3:2: no value' });
  });
});

describe('hasProblems and hasChanges', () => {
  it('tell a clean report, a change and a problem apart', () => {
    expect([hasProblems(quiet), hasChanges(quiet)]).toEqual([false, false]);
    expect(hasChanges({ ...quiet, moved: [entry('a.b', 'r')] })).toBe(true);
    expect(hasProblems({ ...quiet, held: [entry('a.b', 'r')] })).toBe(true);
    expect(hasProblems({ ...quiet, kept: [entry('a.b', 'r')] })).toBe(false);
  });
});

describe('words', () => {
  it('count, group and measure', () => {
    expect([count(1, 'file'), count(0, 'file'), count(2, 'entry', 'entries')]).toEqual([
      '1 file',
      '0 files',
      '2 entries',
    ]);
    expect([group(9999), group(10_000), group(1_234_567)]).toEqual(['9999', '10,000', '1,234,567']);
    expect([duration(0.4), duration(999), duration(1234)]).toEqual(['0 ms', '999 ms', '1.2 s']);
  });
});
