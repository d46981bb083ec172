// The dashboard and the alert rules in a real Prometheus that scrapes a real daemon in use: every expression of every panel gives something
// to show, every rule is healthy, and nothing fires. Needs `npm run build`, prometheus (Debian's package). Usage: node test/long/dashboard-check.mjs
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createPlace, project, startServer, until } from './harness.mjs';
import { freePort, startProbed } from './probe.mjs';

const scrapeS = 1;
const usedS = 12;
const flow = (x) => `label: L ${x}\nversion: 1.0.0\ntasks:\n  - name: only\n    action: core.echo\n`;
const rules = join(project, 'docs/ops/alerts.yaml');
const { panels } = JSON.parse(readFileSync(join(project, 'docs/ops/dashboard.json'), 'utf8'));

const place = createPlace('dashboard');
place.save('ops/pack.yaml', 'ref: ops\nversion: 1.0.0\n');
place.save('ops/workflows/bad.yaml', 'label: [\n');
const server = await startServer(join(place.base, 'state'));
const faults = [];
let prometheus;
try {
  const daemon = await startProbed({ place, url: server.url, args: ['--rescan-s', '1'] });
  const web = `127.0.0.1:${await freePort()}`;
  prometheus = startPrometheus(web, new URL(daemon.base).host);
  const ask = async (path, query = {}) =>
    (await (await fetch(`http://${web}/api/v1/${path}?${new URLSearchParams(query)}`)).json()).data;
  await until('it scrapes', () =>
    ask('query', { query: 'packwatch_files' }).then(
      ({ result }) => result.length > 0,
      () => false,
    ),
  );
  for (let at = 0; at < usedS * 2; at += 1) {
    place.save('ops/workflows/page.yaml', flow(at));
    await fetch(`${daemon.base}/api/v1/workflows`).then((answer) => answer.text());
    await sleep(500);
  }
  const shown = panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr })));
  for (const { title, expr } of shown) {
    const query = expr
      .replaceAll('$__rate_interval', `${usedS}s`)
      .replaceAll('$instance', '.*')
      .replaceAll('$job', 'packwatch');
    const result = (await ask('query', { query }))?.result;
    if (!result?.length)
      faults.push(`${title}: ${result === undefined ? 'no expression' : 'nothing to show'}: ${query}`);
    else if (result.every(({ value }) => value[1] === 'NaN')) faults.push(`${title}: no number: ${query}`);
  }
  const { groups } = await ask('rules');
  const all = groups.flatMap((group) => group.rules);
  for (const { name, health, state, lastError } of all) {
    if (health !== 'ok') faults.push(`${name}: ${health} ${lastError}`);
    if (state === 'firing') faults.push(`${name} fires`);
  }
  await daemon.stop();
  console.log(
    `dashboard: ${shown.length} expressions of ${panels.length} panels, ${all.length} rules, ${faults.length} faults`,
  );
  if (shown.length < 20 || all.length < 12) faults.push('that is not all of them');
} finally {
  prometheus?.kill('SIGTERM');
  if (prometheus) await prometheus.exited;
  await server.stop();
  place.remove();
}
for (const fault of faults) console.error(fault);
process.exitCode = faults.length === 0 ? 0 : 1;

function startPrometheus(web, target) {
  const dir = join(place.base, 'prometheus');
  mkdirSync(dir);
  const every = `${scrapeS}s`;
  const config = {
    global: { scrape_interval: every, evaluation_interval: every },
    rule_files: [rules],
    scrape_configs: [{ job_name: 'packwatch', static_configs: [{ targets: [target] }] }],
  };
  // JSON is YAML.
  writeFileSync(join(dir, 'prometheus.yaml'), JSON.stringify(config));
  const child = spawn(
    'prometheus',
    [
      ...[`--config.file=${join(dir, 'prometheus.yaml')}`, `--storage.tsdb.path=${join(dir, 'data')}`],
      ...[`--web.listen-address=${web}`, '--log.level=error'],
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const exited = new Promise((resolve) => child.once('close', resolve));
  process.on('exit', () => child.kill('SIGKILL'));
  child.on('error', (error) => faults.push(`prometheus has to be installed: ${error.code}`));
  return { exited, kill: (signal) => child.kill(signal) };
}
