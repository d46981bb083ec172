// docs/ops and docs/runbook: they speak of metrics that there are, of commands that there are, and each alert has its page.
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { openRegistry, type Registry } from '../support/decided.ts';
import { runInProcess } from '../support/run-in-process.ts';

const docs = new URL('../../docs/', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, docs), 'utf8');

type Rule = {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
};
type Panel = {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
};

const rules: readonly Rule[] = parse(read('ops/alerts.yaml')).groups.flatMap(
  (group: { rules: Rule[] }) => group.rules,
);
const dashboard = JSON.parse(read('ops/dashboard.json'));
const panels: readonly Panel[] = dashboard.panels;
const targets = panels.flatMap((panel) => panel.targets ?? []);
const pages = readdirSync(new URL('runbook/', docs)).filter((name) => name !== 'README.md');

/** What a server of Prometheus adds to every series. */
const added = ['job', 'instance'];

/** Each name of a series with the values of each of its labels, as a daemon exposes it once everything has happened. */
async function exposed(): Promise<ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>> {
  const metrics = createMetrics({ defaultMetrics: true });
  metrics.setDefinitions({});
  metrics.setProblems(new Map([['SCHEMA_TYPE', 1]]));
  metrics.passFinished('watch', 'applied', { load: 1 });
  metrics.savedToLive(1);
  metrics.cacheLookup('hit');
  metrics.cacheLookup('miss');
  metrics.rowsWritten('registered', 1);
  metrics.setWatchMode('root:packs', 'poll');
  metrics.setLeader('root:packs', true);
  metrics.databaseError('pass');
  metrics.httpRequest({ route: '/livez', method: 'GET', status: 200 }, 1);
  const { body } = await metrics.text();
  const found = new Map<string, Map<string, Set<string>>>();
  for (const [, name = '', labels = ''] of body.matchAll(/^([a-z_]\w*)(?:\{(.*)\})? \S+$/gm)) {
    const known = found.get(name) ?? new Map<string, Set<string>>();
    found.set(name, known);
    for (const [, label = '', value = ''] of labels.matchAll(/(\w+)="([^"]*)"/g))
      known.set(label, (known.get(label) ?? new Set()).add(value));
  }
  // The server's own.
  found.set('up', new Map());
  return found;
}

/** What an expression names that no daemon exposes. */
function faultsOf(expr: string, series: Awaited<ReturnType<typeof exposed>>): readonly string[] {
  const faults: string[] = [];
  const labels = new Set([...added, 'le']);
  for (const [, name = '', given = ''] of expr.matchAll(
    /\b(up|(?:packwatch|process|nodejs)_\w+)(?:\{([^}]*)\})?/g,
  )) {
    const known = series.get(name);
    if (known === undefined) {
      faults.push(`no metric ${name}`);
      continue;
    }
    for (const label of known.keys()) labels.add(label);
    for (const [, label = '', matcher = '', value = ''] of given.matchAll(
      /(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"/g,
    )) {
      if (added.includes(label)) continue;
      if (!known.has(label)) faults.push(`${name} has no label ${label}`);
      else if (matcher === '=' && !known.get(label)?.has(value))
        faults.push(`${name}: ${label} is never ${value}`);
    }
  }
  for (const [, list = ''] of expr.matchAll(/\b(?:by|without|on|ignoring)\s*\(([^)]*)\)/g))
    for (const label of list.split(',').map((one) => one.trim()))
      if (!labels.has(label)) faults.push(`no label ${label} to group by`);
  return faults;
}

describe('expressions of alerts and dashboard', () => {
  it('name metrics, labels and values that a daemon exposes', async () => {
    const series = await exposed();
    expect(rules.length).toBeGreaterThan(12);
    expect(targets.length).toBeGreaterThan(20);
    for (const { expr } of [...rules, ...targets])
      expect({ expr, faults: faultsOf(expr, series) }).toEqual({ expr, faults: [] });
  });

  it.each([
    ['packwatch_nothing > 0', 'no metric packwatch_nothing'],
    ['packwatch_watch_mode{root_name="x"}', 'packwatch_watch_mode has no label root_name'],
    ['packwatch_definitions{status="lost"}', 'packwatch_definitions: status is never lost'],
    ['sum by (pack) (packwatch_files)', 'no label pack to group by'],
    ['rate(packwatch_save_to_live_seconds_buckets[5m])', 'no metric packwatch_save_to_live_seconds_buckets'],
  ])('would be told if they named another: %s', async (expr, fault) => {
    expect(faultsOf(expr, await exposed())).toEqual([fault]);
  });

  it('leave no metric of Packwatch out of the dashboard', async () => {
    const all = targets.map(({ expr }) => expr).join('\n');
    const names = [...(await exposed()).keys()].filter((name) => name.startsWith('packwatch_'));
    const bases = new Set(names.map((name) => name.replace(/_(?:bucket|sum|count)$/, '')));
    expect([...bases].filter((name) => !all.includes(name))).toEqual([]);
  });
});

describe('the dashboard', () => {
  it('says of each panel what it shows, and lays none over another', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    for (const { title, type, description, targets: shown } of panels)
      if (type !== 'row')
        expect([title, description?.endsWith('.'), shown?.length]).toEqual([title, true, expect.any(Number)]);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, at) => `${x + (at % w)} ${y + Math.floor(at / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(Math.max(...panels.map(({ gridPos: { x, w } }) => x + w))).toBe(24);
  });

  it('tells series apart by labels that their expression keeps', () => {
    for (const { expr, legendFormat } of targets) {
      const kept = /\bby \(([^)]*)\)/.exec(expr)?.[1]?.split(', ');
      for (const [, label = ''] of legendFormat.matchAll(/\{\{(\w+)\}\}/g))
        if (kept) expect({ expr, kept }).toEqual({ expr, kept: expect.arrayContaining([label]) });
    }
  });
});

describe('the runbook', () => {
  it('has one page for each alert, which the alert names', () => {
    expect(pages.sort()).toEqual(rules.map(({ alert }) => `${alert}.md`).sort());
    for (const { alert, annotations, labels } of rules) {
      expect(annotations['runbook_url']).toBe(`docs/runbook/${alert}.md`);
      expect([annotations['summary'], annotations['description']]).not.toContain(undefined);
      expect(['critical', 'warning', 'info']).toContain(labels['severity']);
    }
  });

  it.each(pages)('%s says what it means, what to look at, what to do and when it is over', (page) => {
    const text = read(`runbook/${page}`);
    expect(text.startsWith(`# ${page.replace('.md', '')}\n\n`)).toBe(true);
    expect([...text.matchAll(/^## (.*)$/gm)].map(([, title]) => title)).toEqual([
      ...['What to look at', 'What to do', 'When it is over'],
    ]);
    expect(read('runbook/README.md')).toContain(`(${page})`);
  });

  it('names pages that there are', () => {
    for (const page of ['README.md', ...pages])
      for (const [, link = ''] of read(`runbook/${page}`).matchAll(/\]\(([^)]+)\)/g))
        expect(() => read(`runbook/${link}`), `${page}: ${link}`).not.toThrow();
  });

  const blocks = (kind: string) =>
    ['README.md', ...pages].flatMap((page) =>
      [...read(`runbook/${page}`).matchAll(new RegExp(`\`\`\`${kind}\\n(.*?)\`\`\``, 'gs'))].map(
        ([, text = '']) => text,
      ),
    );

  it('names commands and flags that there are', async () => {
    const lines = blocks('sh').flatMap((text) =>
      text.split('\n').filter((line) => line.startsWith('packwatch ')),
    );
    expect(lines.length).toBeGreaterThan(15);
    for (const line of new Set(lines)) {
      const words = line.split(' ').slice(1);
      const asked = await runInProcess('/', [
        ...words.filter((word) => /^[a-z]+$/.test(word)).slice(0, 2),
        '--help',
      ]);
      expect([line, asked.code, asked.stderr]).toEqual([line, 0, '']);
      for (const flag of words.filter((word) => word.startsWith('--')))
        expect(asked.stdout).toContain(`${flag}`);
    }
  });

  describe('statements', () => {
    let registry: Registry;
    beforeAll(async () => {
      registry = await openRegistry();
    });
    afterAll(() => registry.test.drop());

    it('can be run as they stand there', async () => {
      const statements = blocks('sql');
      expect(statements.length).toBeGreaterThan(3);
      for (const statement of statements) await registry.test.query(statement);
    });
  });
});
