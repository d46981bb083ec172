// Random requests against a daemon, made from its document: never a 5xx, never a hang, always a problem document that is known.
// Needs `npm run build`. Usage: node test/long/api-fuzz.mjs [--requests N] [--seed N]
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { createApiClient } from '../support/api-client.mjs';
import { fuzz } from '../support/api-fuzz.mjs';
import { createPlace, project, readOptions, startDaemon, startServer, until } from './harness.mjs';

const { requests, seed } = readOptions({ requests: 10_000 });
/** Made and asked together. */
const part = 500;

const place = createPlace('api-fuzz');
cpSync(join(project, 'packs'), place.root, { recursive: true });
place.save('ops/pack.yaml', 'ref: ops\nlabel: Ops\nversion: 1.0.0\n');
place.save('ops/workflows/one.yaml', 'version: 1.0.0\ntasks:\n  - name: only\n    action: core.noop\n');
place.save('ops/workflows/bad.yaml', 'version: 1.0.0\ntasks: !\n');
const server = await startServer(join(place.base, 'server'));
const daemon = startDaemon({
  root: place.root,
  url: server.url,
  args: ['--http', '127.0.0.1:0', '--log-level', 'info'],
});
const known = [
  'ops.one',
  'ops.bad',
  'ops',
  'incident.triage',
  'incident',
  'packs',
  'root:packs',
  'api',
  '1',
  '2',
];
try {
  const url = await until('the listener', () => /"url":"(http:[^"]+)"/.exec(daemon.stderr())?.[1], 30_000);
  await until('ready', async () => (await fetch(`${url}/readyz`)).ok, 30_000, 50);
  const document = await (await fetch(`${url}/openapi.json`)).json();
  const totals = {};
  let worstMs = 0;
  const begunMs = performance.now();
  for (let done = 0; done < requests; done += part) {
    const client = createApiClient(url);
    const found = await fuzz({
      document,
      client,
      known,
      seed: seed + done,
      count: Math.min(part, requests - done),
    });
    client.close();
    for (const [status, count] of Object.entries(found.statuses))
      totals[status] = (totals[status] ?? 0) + count;
    worstMs = Math.max(worstMs, found.worstMs);
  }
  if (daemon.hasExited()) throw new Error(`the daemon is gone:\n${daemon.stderr()}`);
  const errors = daemon
    .stderr()
    .split('\n')
    .filter((line) => line.includes('"level":"error"'));
  if (errors.length > 0) throw new Error(`the daemon logged errors:\n${errors.slice(0, 5).join('\n')}`);
  if (!(await fetch(`${url}/livez`)).ok) throw new Error('the daemon is not alive');
  const took = Math.round((performance.now() - begunMs) / 1000);
  console.log(
    `api-fuzz: ${requests} requests of seed ${seed} in ${took} s, longest ${worstMs} ms, ${JSON.stringify(totals)}`,
  );
} finally {
  await daemon.stop();
  await server.stop();
  place.remove();
}
