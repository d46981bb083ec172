// Two daemons that believe to be on hosts of their own lead one root in turns: whoever leads is killed, stopped or frozen, and the time is
// taken from then until a file that was saved at that moment is live. Epochs are judged by the log of `epochs.mjs`, the registry by
// the oracle. Needs `npm run build`. Usage: node test/long/takeover.mjs [--rounds 30] [--seed 1]
//   --null-control  the epoch is not compared, and who is frozen has a write pending: the run is good if the log shows it
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { instrument } from '../support/failpoints.mjs';
import { createOracle } from '../support/oracle.mjs';
import { readEpochs, watchEpochs } from './epochs.mjs';
import {
  createPlace,
  createRandom,
  differencesAfter,
  readOptions,
  startDaemon,
  startServer,
  until,
} from './harness.mjs';

const options = readOptions({ rounds: 30, 'null-control': false });
const isControl = options['null-control'];
const { pick } = createRandom(options.seed);
/** As promised, and what a machine with much else to do may add; milliseconds. */
const limits = { kill: 8_000, freeze: 8_000, stop: 3_000 };
const slackMs = 4_000;

const place = createPlace('takeover');
const textOf = (x) => `version: 1.0.0\nvars:\n  x: ${x}\ntasks:\n  - name: only\n    action: core.noop\n`;
const save = (x) => place.save('ops/workflows/one.yaml', textOf(x));
place.save('ops/pack.yaml', 'ref: ops\nversion: 1.0.0\n');
save(0);
const server = await startServer(join(place.base, 'state'));
const sql = server.connect();
const oracle = createOracle({ root: place.root, sql });
const program = isControl ? instrument(join(place.base, 'copy')) : 'dist/main.js';

/** Nobody can tell that a process of another host is gone: its lease has to run out. */
const hostOf = (name) =>
  `data:text/javascript,import os from 'node:os'; import { syncBuiltinESMExports } from 'node:module'; os.hostname = () => '${name}'; syncBuiltinESMExports();`;

const start = (host, env = {}, root = place.root) => ({
  host,
  ...startDaemon({
    ...{ root, url: server.url, program, env, args: ['--rescan-s', '1'] },
    nodeArgs: ['--import', hostOf(host)],
  }),
});
const leader = async () => {
  const [row] = await sql`
    select split_part(holder, ' ', 1) as host from packwatch.source_lease where expires_at > clock_timestamp()`;
  return row?.host;
};
const isServed = async (x) => {
  const [row] =
    await sql`select definition #>> '{vars,x}' as x from packwatch.workflow_definition where ref = 'ops.one'`;
  return row?.x === String(x);
};
// Before the first start has made the schema there is nothing to read.
const served = (x) => until(`version ${x} is live`, () => isServed(x).catch(() => false), 30_000, 5);

const tookMs = { kill: [], stop: [], freeze: [] };
const faults = [];

async function round(daemons, x) {
  const at = daemons.findIndex(({ host }) => host === leaderNow);
  const kind = pick(Object.keys(tookMs));
  const daemon = daemons[at];
  const begunMs = performance.now();
  const ended =
    kind === 'freeze' ? daemon.kill('SIGSTOP') : daemon.stop(kind === 'kill' ? 'SIGKILL' : 'SIGTERM');
  save(x);
  await served(x);
  tookMs[kind].push(performance.now() - begunMs);
  if (kind === 'freeze') daemon.kill('SIGCONT');
  else {
    await ended;
    daemons[at] = start(daemon.host);
  }
  leaderNow = await until('somebody else leads', async () => {
    const host = await leader();
    return host !== undefined && host !== daemon.host && host;
  });
  // Whoever comes next has to be there, and to have seen who leads.
  await sleep(3_000);
}

/** The write of a frozen leader whose disk is another than its successor's, which has no reason to write the pack. */
async function control() {
  const [fn] =
    await sql`select pg_get_functiondef('packwatch.apply_pack(jsonb,text,text,text)'::regprocedure) as text`;
  const check = " and l.epoch = (change_set ->> 'epoch')::bigint";
  if (!fn.text.includes(check)) throw new Error('null control: the epoch is compared otherwise now');
  await sql.unsafe(fn.text.replace(check, ''));
  const own = createPlace('takeover-own');
  own.save('ops/pack.yaml', 'ref: ops\nversion: 1.0.0\n');
  own.save('ops/workflows/one.yaml', textOf(0));
  const frozen = start('frozen', { FAILPOINT: 'apply.begin:1:pause' }, own.root);
  await until('it leads', async () => (await leader()) === 'frozen');
  own.save('ops/workflows/one.yaml', textOf(1));
  const other = start('other');
  await until('the other leads', async () => (await leader()) === 'other');
  await sleep(1_000);
  frozen.kill('SIGCONT');
  await served(1);
  await Promise.all([frozen.stop(), other.stop()]);
  own.remove();
}

let leaderNow;
try {
  const first = start('a');
  await served(0);
  await watchEpochs(sql);
  leaderNow = 'a';
  if (isControl) {
    await first.stop();
    await control();
  } else {
    const daemons = [first, start('b')];
    await sleep(3_000);
    for (let x = 1; x <= options.rounds; x += 1) await round(daemons, x);
    faults.push(...(await differencesAfter(oracle)));
    await Promise.all(daemons.map((daemon) => daemon.stop()));
  }
  const found = await readEpochs(sql);
  faults.push(...found.faults);
  const worst = Object.entries(tookMs).map(([kind, all]) => {
    const sorted = all.toSorted((a, b) => a - b);
    if (all.length > 0 && sorted.at(-1) > limits[kind] + slackMs)
      faults.push(`a ${kind} took ${sorted.at(-1)} ms`);
    const median = Math.round(sorted[all.length >> 1] ?? 0);
    return `${all.length} ${kind} ${median} ms, at most ${Math.round(sorted.at(-1) ?? 0)}`;
  });
  for (const fault of faults) console.error(fault);
  console.log(
    `takeover: ${options.rounds} rounds, live after ${worst.join('; ')}; ${found.epochs} epochs, ${found.commits} commits, ${faults.length} faults`,
  );
  process.exitCode = (isControl ? found.faults.length > 0 : faults.length === 0) ? 0 : 1;
} finally {
  await sql.end({ timeout: 2 });
  await server.stop();
  place.remove();
}
