// /metrics of a daemon that was used, against the list of the contract and against promtool (Debian's package prometheus).
// Needs `npm run build`. Usage: node test/long/metrics-check.mjs
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { createPlace, startServer, until } from './harness.mjs';
import { startProbed } from './probe.mjs';

/** Each name with its labels. */
const contract = {
  definitions: ['status'],
  problems: ['code'],
  files: [],
  passes_total: ['cause', 'outcome'],
  pass_duration_seconds: ['stage'],
  save_to_live_seconds: [],
  files_parsed_total: [],
  parse_cache_lookups_total: ['result'],
  rows_written_total: ['verb'],
  watch_events_total: [],
  watch_events_missed_total: [],
  watch_mode: ['root', 'mode'],
  held_removals: [],
  last_success_timestamp_seconds: [],
  last_scan_timestamp_seconds: [],
  pending_paths: [],
  leader: ['source'],
  db_errors_total: ['kind'],
  http_request_duration_seconds: ['route', 'method', 'status'],
};
/** What each label may say; nothing that a client or a file can choose. */
const values = {
  status: /^(?:active|degraded|retired|[1-5]\d\d)$/,
  code: /^[A-Z][A-Z0-9_]+$/,
  cause: /^(?:start|watch|rescan|request|retry)$/,
  outcome: /^(?:applied|unchanged|refused|failed|fenced|aborted)$/,
  stage: /^[a-z]+$/,
  result: /^(?:hit|miss)$/,
  verb: /^[a-z]+$/,
  root: /^root:packs$/,
  mode: /^(?:events|poll|off)$/,
  source: /^root:packs$/,
  kind: /^(?:pass|lease|listen)$/,
  route: /^(?:unmatched|\/(?:[a-z0-9/.-]|:[a-z]+)*)$/,
  method: /^(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|other)$/,
};

const faults = [];
const need = (holds, fault) => {
  if (!holds) faults.push(fault);
};

const place = createPlace('metrics');
place.save('ops/pack.yaml', 'ref: ops\nversion: 1.0.0\n');
place.save(
  'ops/workflows/page.yaml',
  'label: Page\nversion: 1.0.0\ntasks:\n  - name: only\n    action: core.echo\n',
);
place.save('ops/workflows/bad.yaml', 'label: [\n');
const server = await startServer(join(place.base, 'state'));
try {
  const daemon = await startProbed({ place, url: server.url, args: ['--rescan-s', '1'] });
  await use(daemon.base);
  const text = await until('a change is counted', async () => {
    const body = await (await fetch(`${daemon.base}/metrics`)).text();
    return /^packwatch_save_to_live_seconds_count [1-9]/m.test(body) && body;
  });
  await daemon.stop();
  judge(text);
} finally {
  await server.stop();
  place.remove();
}
for (const fault of faults) console.error(fault);
console.log(`metrics: ${faults.length} faults`);
process.exitCode = faults.length === 0 ? 0 : 1;

/** Addresses, methods and refs without number, and a change of a file. */
async function use(base) {
  for (let at = 0; at < 300; at += 1) {
    for (const path of [
      `/api/v1/workflows/ops.w${at}`,
      `/nowhere/${at}`,
      `/api/v1/workflows?q=${at}`,
      `/livez?${at}`,
    ])
      await (await fetch(base + path)).text();
  }
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND', 'LOCK', 'SEARCH'])
    await (await fetch(`${base}/api/v1/workflows/ops.page`, { method })).text();
  await (await fetch(`${base}/api/v1/workflows/ops.page/disable`, { method: 'POST' })).text();
  place.save(
    'ops/workflows/page.yaml',
    'label: Other\nversion: 1.0.0\ntasks:\n  - name: only\n    action: core.echo\n',
  );
}

function judge(text) {
  const types = new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name, type]));
  const ours = [...types.keys()]
    .filter((name) => name.startsWith('packwatch_'))
    .map((name) => name.slice(10));
  for (const name of ours) need(name in contract, `not in the contract: ${name}`);
  for (const name of Object.keys(contract)) need(ours.includes(name), `missing: ${name}`);
  for (const name of types.keys()) need(/^(?:packwatch|process|nodejs)_/.test(name), `of another: ${name}`);
  let series = 0;
  for (const [, name, labels = ''] of text.matchAll(/^packwatch_(\w+)(?:\{(.*)\})? \S+$/gm)) {
    series += 1;
    const base =
      name.replace(/_(?:bucket|sum|count)$/, '') in contract
        ? name.replace(/_(?:bucket|sum|count)$/, '')
        : name;
    const given = [...labels.matchAll(/(\w+)="((?:\\.|[^"\\])*)"/g)].filter(([, label]) => label !== 'le');
    const expected = contract[base] ?? [];
    need(
      given.length === expected.length && given.every(([, label]) => expected.includes(label)),
      `labels of ${name}: ${labels}`,
    );
    for (const [, label, value] of given) need(values[label]?.test(value), `${name}: ${label}="${value}"`);
  }
  need(series < 1000, `${series} series`);
  const checked = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
  need(checked.error === undefined, `promtool has to be installed: ${checked.error?.code}`);
  need(checked.status === 0, `promtool: ${checked.stderr}`);
  console.log(`${ours.length} metrics of the contract, ${series} series, ${text.length} bytes`);
}
