// Daemons are brought into every state that an alert is for, and what they say at /metrics there becomes the input of `promtool test
// rules`: after half an hour of it exactly the alerts named for the state have fired, and none once it was mended as the alert's page says. Needs `npm run build`, promtool (Debian's package
// prometheus). Usage: node test/long/alerts-check.mjs [--only STATE] [--null-control]
//   --null-control  the states are given each other's alerts: every one of them must be told as wrong
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openWay, states } from './alert-states.mjs';
import { startScraping, tail, toSeries } from './exposition.mjs';
import { createPlace, project, readOptions, startDaemon, startServer, until } from './harness.mjs';
import { freePort } from './probe.mjs';

const { only, 'null-control': isControl } = readOptions({ only: '', 'null-control': false });
const rules = join(project, 'docs/ops/alerts.yaml');
const alerts = [...readFileSync(rules, 'utf8').matchAll(/^ +- alert: (\S+)$/gm)].map(([, name]) => name);
/** Seconds of scrapes, and how long the state is taken to go on: more than the longest window and `for` together. */
const scrapedS = 16;
const moreS = 2_400;

const ground = createPlace('alerts');
const server = await startServer(join(ground.base, 'state'));
const sql = server.connect({ max: 6 });
const { host, port, user, database } = server.connection;

async function play(name, at) {
  const state = states[name];
  const schema = `state_${at}`;
  const place = createPlace('alert');
  state.fill(place);
  const way = await openWay(join(host, `.s.PGSQL.${port}`));
  const ports = await Promise.all(Array.from({ length: state.daemons ?? 1 }, freePort));
  const bases = ports.map((one) => `http://127.0.0.1:${one}`);
  const start = (which) =>
    startDaemon({
      root: place.root,
      url: which === 0 ? `postgres://${user}@127.0.0.1:${way.port}/${database}` : server.url,
      args: ['--schema', schema, '--http', `127.0.0.1:${ports[which]}`, '--rescan-s', '1'],
      env: { PACKWATCH_PRUNE_MAX: '20%' },
      nodeArgs: state.nodeArgs ?? [],
    });
  const daemons = [];
  const ready = (which) =>
    until(`${name}: ready`, () => isReady(bases[which]), 60_000).catch((error) => {
      throw new Error(`${error.message}: ${daemons[which].stderr().slice(-2_000)}`);
    });
  try {
    for (let which = 0; which < ports.length; which += 1) {
      daemons[which] = start(which);
      await ready(which);
    }
    const hands = {
      ...{ place, sql, schema, way, base: bases[0] },
      kill: (signal) => daemons[0].kill(signal),
      async restart() {
        daemons[0].kill('SIGKILL');
        await daemons[0].exited;
        daemons[0] = start(0);
        await ready(0);
      },
    };
    const watched = async (begin, keep, seconds) => {
      const scraping = startScraping(() => bases);
      await until('some scrapes', () => scraping.count() > 3);
      await begin?.(hands);
      const enough = Math.max(seconds, scraping.count() + tail + 1);
      for (let round = 0; scraping.count() < enough; round += 1) {
        await keep?.({ ...hands, round });
        await sleep(state.restMs ?? 250);
      }
      return toSeries(await scraping.stop(), {
        more: moreS,
        goesOn: state.goesOn === true,
        instances: ['a', 'b'].slice(0, ports.length),
      });
    };
    const found = [
      { when: name, series: await watched(state.begin, state.keep, scrapedS), fires: state.fires },
    ];
    if (state.mend === undefined) return found;
    await state.mend(hands);
    await ready(0);
    // What is over is over some passes later.
    await sleep(4_000);
    return [
      ...found,
      { when: `${name}, and mended`, series: await watched(undefined, undefined, tail + 3), fires: [] },
    ];
  } finally {
    for (const daemon of daemons) {
      daemon.kill('SIGKILL');
      await daemon.exited;
    }
    way.close();
    place.remove();
  }
}

const isReady = (base) =>
  fetch(`${base}/readyz`).then(
    ({ status }) => status === 200,
    () => false,
  );

/** One test of promtool: the names of all that has fired, and nothing else. */
function testOf(name, series, fires) {
  const fired = `count by (alertname) (max_over_time(ALERTS{alertstate="firing"}[${scrapedS + moreS}s]))`;
  return {
    name,
    interval: '1s',
    input_series: series,
    promql_expr_test: [
      {
        ...{ expr: fired, eval_time: `${moreS}s` },
        exp_samples: fires.map((alert) => ({ labels: `{alertname="Packwatch${alert}"}`, value: 1 })),
      },
    ],
  };
}

function judge(name, series, fires) {
  const dir = join(ground.base, 'promtool');
  mkdirSync(dir, { recursive: true });
  const file = join(dir, 'test.yaml');
  // JSON is YAML.
  writeFileSync(
    file,
    JSON.stringify({ rule_files: [rules], evaluation_interval: '15s', tests: [testOf(name, series, fires)] }),
  );
  const { status, stdout, stderr, error } = spawnSync('promtool', ['test', 'rules', file], {
    encoding: 'utf8',
  });
  if (error) throw new Error(`promtool has to be installed: ${error.code}`);
  return { isGood: status === 0, told: `${stdout}${stderr}`.trim() };
}

const names = Object.keys(states).filter((name) => only === '' || name === only);
const faults = [];
let judged = 0;
try {
  const queue = names.map((name, at) => ({ name, at }));
  const work = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const { name } = next;
      for (const { when, series, fires: own } of await play(name, next.at)) {
        const fires = isControl ? states[names[(next.at + 1) % names.length]].fires : own;
        const { isGood, told } = judge(when, series, fires);
        judged += 1;
        console.log(`${isGood ? 'as named' : 'NOT AS NAMED'}: ${when}: ${fires.join(', ') || 'nothing'}`);
        if (!isGood) faults.push(`${when}: ${told}`);
      }
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
} finally {
  await sql.end({ timeout: 2 });
  await server.stop();
  ground.remove();
}
const fired = new Set(names.flatMap((name) => states[name].fires.map((alert) => `Packwatch${alert}`)));
const never = only === '' ? alerts.filter((alert) => !fired.has(alert)) : [];
for (const alert of never) faults.push(`no state is there for ${alert}`);
for (const fault of faults) console.error(fault);
console.log(
  `alerts: ${alerts.length} rules, ${names.length} states, ${judged - names.length} of them mended, ${faults.length} not as named`,
);
const isGood = isControl ? faults.length >= names.length : faults.length === 0;
process.exitCode = isGood ? 0 : 1;
