// A program with other rules over a registry that its predecessor left: every file is checked once more, what differs is written, and
// what the new rules refuse goes on as it is.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { instrument } from '../../support/failpoints.mjs';
import { createSite, type Site } from '../../support/site.ts';

const workflow = (label: string) =>
  `version: 1.0.0\nlabel: ${label}\ntasks:\n  - { name: one, action: core.echo }\n`;
const files = {
  'ops/pack.yaml': 'ref: ops\nversion: 1.0.0\n',
  'ops/workflows/same.yaml': workflow('Same'),
  'ops/workflows/refused.yaml': workflow('Refused'),
  'ops/workflows/changed.yaml': workflow('Changed'),
  'ops/actions/plain.yaml': 'label: P\nentry_point: run.sh\n',
  'ops/actions/linked.yaml': 'label: L\nworkflow_file: workflows/linked.yaml\n',
  'ops/actions/workflows/linked.yaml': workflow('Linked'),
};

/** Rules that refuse one label, and read another as more than the rules before. */
const nextRules = (version: string) => ({
  'language/rules-version.js': replace(/rulesVersion = '[^']*'/, `rulesVersion = '${version}'`),
  'language/check-file.js': replace(
    'checks[role](value, report);',
    `checks[role](value, report);
    if (value.label === 'Refused')
      report({ code: 'RULE_CYCLE', severity: 'error', message: 'no more', help: 'none', place: wholeFile });
    if (value.label === 'Changed') value.description = 'as the next rules read it';`,
  ),
});
function replace(from: string | RegExp, to: string) {
  return (text: string) => {
    const changed = text.replace(from, () => to);
    if (changed === text) throw new Error(`the program is written otherwise now: ${from}`);
    return changed;
  };
}

let directory: string;
let site: Site;
let next: string;
let unannounced: string;
const atEnd: (() => Promise<void>)[] = [];
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pw-rules-'));
  next = instrument(join(directory, 'next'), nextRules('next'));
  const { 'language/check-file.js': rules } = nextRules('next');
  unannounced = instrument(join(directory, 'unannounced'), { 'language/check-file.js': rules });
  site = await createSite((act) => atEnd.push(act));
  await site.saveAll(files);
});
afterAll(async () => {
  for (const act of atEnd) await act();
  await rm(directory, { recursive: true });
});

type Lists = 'registered' | 'updated' | 'touched' | 'retired' | 'recovered' | 'held';
type Report = Readonly<Record<Lists, readonly string[]>> & {
  readonly parsed: number;
  readonly written: number;
  readonly kept: readonly string[];
  readonly invalid: readonly { readonly path: string }[];
};
async function sync(program?: string) {
  const { code, json } = await site.run(['sync', '--format', 'json'], program ? { program } : {});
  return { code, ...json<Report>() };
}
const rows = () =>
  site.rows(
    `select w.ref, w.id, w.status, w.last_number as number, s.ref is not null as served from workflow_definition w
     left join served_workflow s on s.id = w.id order by w.ref`,
  );
const all = Object.keys(files).length;
const nothing = { registered: [], updated: [], touched: [], retired: [], recovered: [], held: [] };

describe('a program with other rules', () => {
  it('checks every file once, writes what differs, and takes nothing away', async () => {
    expect(await sync()).toMatchObject({ code: 0, parsed: all });
    const before = await rows();
    expect(await sync()).toMatchObject({ ...nothing, code: 0, parsed: 0, written: 0 });
    const report = await sync(next);
    expect(report).toMatchObject({ ...nothing, code: 1, parsed: all, updated: ['ops.changed'] });
    expect([report.kept, report.invalid.map(({ path }) => path)]).toEqual([
      ['ops.refused'],
      ['ops/workflows/refused.yaml'],
    ]);
    // Every file's verdict, the changed definition with its revision and action, the refused one's two statuses, the pack.
    expect(report.written).toBe(all + 3 + 2 + 1);
    expect(await rows()).toEqual(
      before.map((row) => {
        if (row['ref'] === 'ops.refused') return { ...row, status: 'degraded' };
        return row['ref'] === 'ops.changed' ? { ...row, number: 2 } : row;
      }),
    );
    expect(await site.rows('select count(distinct checked_by)::int as n from pack_file')).toEqual([{ n: 1 }]);
  });

  it('parses nothing at its next start, as a daemon neither', async () => {
    expect(await sync(next)).toMatchObject({ ...nothing, code: 1, parsed: 0, written: 0 });
    const daemon = site.daemon(['--rescan-s', '3600'], { program: next });
    await daemon.ready();
    expect(await daemon.metric('packwatch_passes_total')).toBeGreaterThan(0);
    expect(await daemon.metric('packwatch_files_parsed_total')).toBe(0);
    expect((await daemon.stop()).code).toBe(0);
  });

  it('gives way to the rules before it, which find everything as it was', async () => {
    const report = await sync();
    expect(report).toMatchObject({
      ...{ ...nothing, code: 0, parsed: all, updated: ['ops.changed'], recovered: ['ops.refused'] },
    });
    // Number 1 is served again.
    expect((await rows()).map(({ status, number }) => [status, number])).toEqual([
      ['active', 2],
      ['active', 1],
      ['active', 1],
      ['active', 1],
    ]);
    expect(
      await site.rows("select revision, last_number from workflow_definition where ref = 'ops.changed'"),
    ).toEqual(
      await site.rows(
        "select r.revision, 2 as last_number from workflow_revision r join workflow_definition w on w.id = r.workflow_definition where w.ref = 'ops.changed' and number = 1",
      ),
    );
  });

  it('goes unnoticed where its version is not told: null control', async () => {
    expect(await sync(unannounced)).toMatchObject({ ...nothing, code: 0, parsed: 0, written: 0 });
  });
});
