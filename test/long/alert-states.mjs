// States that a daemon can be brought into, each with the alerts that are to fire and no others. For test/long/alerts-check.mjs.
import { renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const flow = (x) => `label: L ${x}\nversion: 1.0.0\ntasks:\n  - name: only\n    action: core.echo\n`;
const broken = 'version: 1.0.0\ntasks: nothing\n';

/** A pack of six workflows. */
function fill(place) {
  place.save('ops/pack.yaml', 'ref: ops\nversion: 1.0.0\n');
  for (let at = 0; at < 6; at += 1) place.save(`ops/workflows/w${at}.yaml`, flow(at));
}

/** A way to the server's socket that can be cut; new connections are refused then. */
export async function openWay(socketPath) {
  const links = new Set();
  let isCut = false;
  const server = createServer((client) => {
    if (isCut) return client.destroy();
    const upstream = connect(socketPath);
    for (const socket of [client, upstream]) {
      links.add(socket);
      socket.on('error', () => socket.destroy()).on('close', () => links.delete(socket));
    }
    client.pipe(upstream).pipe(client);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: server.address().port,
    cut() {
      isCut = true;
      for (const socket of links) socket.destroy();
    },
    mend() {
      isCut = false;
    },
    close() {
      this.cut();
      server.close();
    },
  };
}

/** Every quarter of a second a save, while the state is looked at. */
const edit = (place, round) => place.save('ops/workflows/w0.yaml', flow(`edit ${round}`));

/**
 * `fires`: names of alerts without their common beginning. `daemons`: how many, the first through a way of its own. `begin` brings the
 * state about once all are ready, `keep` goes on with it four times a second; `goesOn`: counters are taken to go on as they did. `mend`
 * does what the alert's page says.
 */
export const states = {
  healthy: { fires: [], fill, keep: ({ place, round }) => edit(place, round), goesOn: true },
  'nothing changes': { fires: [], fill },
  'a standby beside its leader': {
    fires: [],
    fill,
    daemons: 2,
    keep: ({ place, round }) => edit(place, round),
    goesOn: true,
  },
  killed: { fires: ['Down'], fill, begin: ({ kill }) => kill('SIGKILL') },
  'ends and is started again': {
    fires: ['Restarting'],
    fill,
    async begin({ restart }) {
      for (let times = 0; times < 3; times += 1) {
        await restart();
        // Long enough to be scraped once.
        await sleep(1_200);
      }
    },
  },
  'its root is gone': {
    // The lease is given back after three rescans, and nobody else sees the root.
    fires: ['NotScanning', 'NotSucceeding', 'NoLeader'],
    fill,
    begin: ({ place }) => renameSync(place.root, `${place.root}-gone`),
    mend: ({ place }) => renameSync(`${place.root}-gone`, place.root),
  },
  'a pack is refused by the database': {
    fires: ['NotSucceeding'],
    fill,
    async begin({ sql, schema, place }) {
      await sql.unsafe(`
        create function ${schema}.refuse_it() returns trigger language plpgsql as
          $$ begin raise exception 'refused'; end $$;
        create trigger refuse_it before insert or update on ${schema}.workflow_definition
          for each row when (new.ref = 'ops.w0') execute function ${schema}.refuse_it()`);
      edit(place, 1);
    },
    mend: ({ sql, schema }) => sql.unsafe(`drop function ${schema}.refuse_it cascade`),
  },
  'too much is removed': {
    fires: ['RemovalsHeld', 'Degraded'],
    fill,
    begin({ place }) {
      for (let at = 1; at < 6; at += 1) rmSync(place.at(`ops/workflows/w${at}.yaml`));
    },
    async mend({ base }) {
      const { data } = await fetch(`${base}/api/v1/held`).then((answer) => answer.json());
      for (const { batch } of data) await fetch(`${base}/api/v1/held/${batch}/approve`, { method: 'POST' });
    },
  },
  'a file is broken': {
    fires: ['Problems', 'Degraded'],
    fill,
    begin: ({ place }) => place.save('ops/workflows/w0.yaml', broken),
    mend: ({ place }) => edit(place, 1),
  },
  'events do not arrive': {
    fires: ['EventsMissed', 'Polling'],
    fill(place) {
      fill(place);
      // Nothing watches what a link leads to.
      place.save('.store/far.yaml', flow(1));
      symlinkSync('../../.store/far.yaml', place.at('ops/workflows/far.yaml'));
    },
    begin: ({ place }) => writeFileSync(place.at('.store/far.yaml'), flow(2)),
  },
  'another leads that nobody watches': {
    fires: ['NoLeader'],
    fill,
    begin: ({ sql, schema }) =>
      sql.unsafe(
        `update ${schema}.source_lease set holder = 'elsewhere 1 1 1', epoch = epoch + 1, expires_at = now() + interval '1 hour'`,
      ),
    // As it is when the one elsewhere was killed: the lease runs out.
    mend: ({ sql, schema }) => sql.unsafe(`update ${schema}.source_lease set expires_at = now()`),
  },
  'the leader is cut off and overtaken': {
    fires: ['TwoLeaders', 'DatabaseErrors', 'NotScanning', 'NotSucceeding'],
    fill,
    daemons: 2,
    begin: ({ way }) => way.cut(),
    mend: ({ way }) => way.mend(),
    goesOn: true,
  },
  'the database is gone': {
    fires: ['DatabaseErrors', 'NotScanning', 'NotSucceeding'],
    fill,
    begin: ({ way }) => way.cut(),
    mend: ({ way }) => way.mend(),
    goesOn: true,
  },
  'the process does not get the processor': {
    fires: ['EventLoopHeld'],
    fill,
    // The last scrape says how it goes on, and is not to find the process rested.
    restMs: 40,
    async keep({ kill }) {
      // So often that no scrape falls between two of them.
      for (let round = 0; round < 10; round += 1) {
        kill('SIGSTOP');
        await sleep(400);
        kill('SIGCONT');
        await sleep(40);
      }
    },
  },
  'the database is slow to write': {
    fires: ['SlowToLive'],
    fill,
    // What locks a table for seconds at a time, as a backup by hand or a long transaction does.
    async keep({ sql, schema, place, round }) {
      await sql.begin(async (own) => {
        await own.unsafe(`lock table ${schema}.catalog_version`);
        edit(place, round);
        await sleep(3_000);
      });
      await sleep(300);
    },
    goesOn: true,
  },
  'memory is kept for good': {
    fires: ['Memory'],
    fill,
    nodeArgs: ['--import', 'data:text/javascript,globalThis.kept = Buffer.alloc(750e6, 1);'],
  },
};
