// Several daemons on one registry, each on a host of its own by name, and what must hold of them whatever was done to them.
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { onHost } from '../support/confined.mjs';
import { readEpochs, watchEpochs } from './epochs.mjs';
import { differencesAfter, project, startDaemon, until } from './harness.mjs';
import { toldTwice } from './ledger.mjs';

/** The epoch is not compared: whoever was overtaken may still write. */
const unfenced = [" and l.epoch = (change_set ->> 'epoch')::bigint", ''];
/** Nor is the generation of the pack, which alone would refuse most of what comes late. */
const uncompared = ['held_pack.id is null or held_pack.generation <> expected', 'held_pack.id is null'];

/** The schema, and the log by which two leaders are found. `isUnfenced`: with apply_pack's guards against them taken away. */
export async function prepareRegistry({ sql, url, isUnfenced = false }) {
  const ran = spawnSync(process.execPath, ['dist/main.js', 'migrate', '--database-url', url], {
    cwd: project,
    encoding: 'utf8',
  });
  if (ran.status !== 0) throw new Error(`migrate: ${ran.stderr}`);
  await watchEpochs(sql);
  if (!isUnfenced) return;
  const [{ text }] =
    await sql`select pg_get_functiondef('packwatch.apply_pack(jsonb,text,text,text)'::regprocedure) as text`;
  const mistaken = [unfenced, uncompared].reduce((whole, [find, replace]) => {
    if (!whole.includes(find)) throw new Error(`null control: apply_pack has no ${find}`);
    return whole.replace(find, replace);
  }, text);
  await sql.unsafe(mistaken);
}

/** Daemons by number, from 0. `urlOf`, `rootOf`, `throughOf`: what each is started with; by default each has a host name of its own. */
export async function createReplicas({ count = 3, urlOf, rootOf, throughOf, args = [], isServing = true }) {
  const ports = isServing ? await Promise.all(Array.from({ length: count }, freePort)) : [];
  const daemons = [];
  const through = (at) => throughOf?.(at) ?? onHost(`replica-${at}`) ?? [];
  const start = (at, { program, failpoint } = {}) => {
    const http = isServing ? ['--http', `127.0.0.1:${ports[at]}`] : [];
    daemons[at] = startDaemon({
      ...{ root: rootOf(at), url: urlOf(at), through: through(at) },
      ...(program ? { program } : {}),
      // A warning counts as a complaint, and is to say where it comes from.
      nodeArgs: ['--trace-warnings'],
      args: ['--rescan-s', '1', ...http, ...args],
      // Whoever judges a history wants it from its beginning, however long a run takes.
      env: { PACKWATCH_KEEP_REVISIONS: '0', ...(failpoint ? { FAILPOINT: failpoint } : {}) },
    });
    return daemons[at];
  };
  return {
    daemons,
    start,
    url: (at) => `http://127.0.0.1:${ports[at]}`,
    isReady: (at) =>
      until(
        `daemon ${at} is ready`,
        () =>
          fetch(`http://127.0.0.1:${ports[at]}/readyz`).then(
            ({ ok }) => ok,
            () => false,
          ),
        60_000,
      ),
    stop: () => Promise.all(daemons.map((daemon) => daemon.stop('SIGKILL'))),
  };
}

async function freePort() {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address();
  listener.close();
  await once(listener, 'close');
  return port;
}

/** Who leads, by the table: `{ holder, epoch, isOver }`. */
export async function readLease(sql) {
  const [lease] = await sql`
    select holder, epoch::integer, expires_at <= clock_timestamp() as "isOver" from packwatch.source_lease where source = 'root:packs'`;
  return lease ?? { holder: null, epoch: 0, isOver: true };
}

export async function readChanges(sql) {
  return sql`select ref, verb, number, version::integer, position from packwatch.catalog_change order by version, position`;
}

/**
 * What is wrong once everything stands still: `{ differences, doubles, leaders, commits, epochs }`, the first three as sentences.
 * Waits for the registry to equal the disk, `limitMs` at most.
 */
export async function judge({ sql, oracle, clients, limitMs = 30_000 }) {
  const differences = await differencesAfter(oracle, limitMs);
  const changes = await readChanges(sql);
  for (const line of differences) await tellRows(sql, line);
  const { faults: leaders, commits, epochs } = await readEpochs(sql);
  const doubles = [...toldTwice(changes), ...((await clients?.faults(sql, changes)) ?? [])];
  return { differences, doubles, leaders, commits, epochs };
}

/** What the registry holds of the pack that a difference is about: it is gone with the script's end. */
async function tellRows(sql, line) {
  const [pack] = /[a-z]+/.exec(line.replace(/^pack /, '')) ?? [];
  const [row] = await sql`
    select
      (select to_jsonb(p) - 'meta' from packwatch.pack p where p.ref = ${pack}) as pack,
      (select jsonb_agg(jsonb_build_array(w.ref, w.status, w.drifted, w.source_path, left(w.file_digest, 8)))
        from packwatch.workflow_definition w where w.pack_ref = ${pack}) as workflows,
      (select jsonb_agg(jsonb_build_array(a.ref, a.status, a.drifted, a.source_path)) from packwatch.action a where a.pack_ref = ${pack}) as actions,
      (select jsonb_agg(jsonb_build_array(f.path, f.ref, f.state, left(f.digest, 8), f.links, f.diagnostics)) from packwatch.pack_file f
        where f.pack_ref = ${pack}) as files,
      (select jsonb_agg(jsonb_build_array(c.version, c.ref, c.verb, c.number, c.epoch) order by c.version, c.position)
        from (select * from packwatch.catalog_change where pack_ref = ${pack} order by version desc limit 30) c) as changes,
      (select jsonb_agg(b) from packwatch.held_batch b where b.pending <> '{}') as batches`;
  console.error(JSON.stringify(row));
}
