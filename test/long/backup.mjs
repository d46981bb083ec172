// docs/backup.md, done as it stands there: a dump while a daemon writes, a disaster later, and the restore, in place or into another
// database. What only the database knew is there again, the daemon makes registry and disk equal, and who followed the changes is either
// told right or told to begin anew. Needs `npm run build`, PostgreSQL 15 (Debian's packages). Usage: node test/long/backup.mjs [--rounds 2] [--seed 1]
//   --null-control  nobody notices that the database is another one: who followed must be found to have missed something
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createOracle } from '../support/oracle.mjs';
import {
  createPlace,
  createRandom,
  differencesAfter,
  project,
  readOptions,
  startDaemon,
  startServer,
  until,
} from './harness.mjs';
import { freePort } from './probe.mjs';

const { rounds, seed, 'null-control': isControl } = readOptions({ rounds: 2, 'null-control': false });
const chance = createRandom(seed);
const page = readFileSync(join(project, 'docs/backup.md'), 'utf8');
const [dumping, restoring] = [...page.matchAll(/^ *```sh\n(.*?)^ *```/gms)].map(([, text]) => text);
const flow = (x) => `label: L ${x}\nversion: 1.0.0\ntasks:\n  - name: only\n    action: core.echo\n`;

const ground = createPlace('backup');
const server = await startServer(join(ground.base, 'state'), 'system');
const faults = [];
let rewound = 0;
/** No superuser, as docs/install.md has it. */
const role = 'registry';
try {
  const admin = server.connect();
  await admin.unsafe(`create role ${role} login`);
  await admin.end();
  for (let round = 1; round <= rounds; round += 1) await playRound(round);
} finally {
  await server.stop();
  ground.remove();
}
for (const fault of faults) console.error(fault);
console.log(
  `backup: ${rounds} rounds, seed ${seed}, ${rewound} versions that followers knew were lost, ${faults.length} faults`,
);
process.exitCode = isControl === faults.length > 0 ? 0 : 1;

function shell(text, url) {
  const { status, stderr, stdout } = spawnSync('bash', ['-euo', 'pipefail', '-c', text], {
    cwd: ground.base,
    encoding: 'utf8',
    env: { PATH: `/usr/lib/postgresql/15/bin:${process.env.PATH}`, DATABASE_URL: url, LANG: 'C.UTF-8' },
  });
  if (status !== 0) throw new Error(`${text}\n${stdout}${stderr}`);
}

async function playRound(round) {
  const place = createPlace('backup-packs');
  const name = `round${round}`;
  const urlOf = (database) => server.url.replace(/\/\/[^/]*\/[^?]*/, `//${role}@localhost/${database}`);
  const admin = server.connect();
  await admin.unsafe(`create database ${name} owner ${role}`);
  let sql = server.connect({ database: name });
  for (const pack of ['quiet', 'busy']) {
    place.save(`${pack}/pack.yaml`, `ref: ${pack}\nversion: 1.0.0\n`);
    for (let at = 0; at < 5; at += 1) place.save(`${pack}/workflows/w${at}.yaml`, flow(at));
  }
  let daemon = await start(place, urlOf(name));
  try {
    await operate(daemon, place, sql);
    const before = await known(sql, 'quiet');
    const begun = await versionOf(sql);
    // The other pack changes while the dump is made.
    const writing = edits(daemon, place, 'busy', 12);
    shell(dumping, urlOf(name));
    await writing;
    const since = await later(daemon, place, sql);
    await daemon.process.stop('SIGKILL');
    await sql.end();

    const target = round % 2 === 0 ? `${name}_other` : name;
    if (target !== name) await admin.unsafe(`create database ${target} owner ${role}`);
    shell(restoring, urlOf(target));
    sql = server.connect({ database: target });
    tell(round, 'restored', compare(before, await known(sql, 'quiet')));
    const restored = await versionOf(sql);
    rewound += since - restored;
    if (isControl) await sql`alter table packwatch.catalog_version disable trigger catalog_version_history`;

    daemon = await start(place, urlOf(target));
    tell(
      round,
      'converged',
      await differencesAfter(createOracle({ root: place.root, sql, source: 'root:packs' })),
    );
    tell(round, 'after it', compare(before, await known(sql, 'quiet')));
    tell(round, 'followers', await judgeFollowers({ daemon, place, sql, since, begun, restored }));
  } finally {
    await daemon.process.stop('SIGKILL');
    await sql.end({ timeout: 2 });
    await admin.end({ timeout: 2 });
    place.remove();
  }
}

function tell(round, when, found) {
  for (const fault of found) faults.push(`round ${round}, ${when}: ${fault}`);
}

async function start(place, url) {
  const base = `http://127.0.0.1:${await freePort()}`;
  const args = ['--http', base.slice('http://'.length), '--rescan-s', '1'];
  const process = startDaemon({ root: place.root, url, args });
  const isReady = () =>
    fetch(`${base}/readyz`).then(
      ({ status }) => status === 200,
      () => false,
    );
  await until('ready', isReady, 60_000);
  return { base, process };
}

async function ask({ base }, path, method = 'GET', body) {
  const headers = body === undefined ? {} : { 'content-type': 'application/json' };
  const answer = await fetch(`${base}/api/v1${path}`, {
    method,
    headers,
    ...(body && { body: JSON.stringify(body) }),
  });
  if (method !== 'GET' && !answer.ok)
    throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return { status: answer.status, ...(answer.status === 204 ? {} : await answer.json()) };
}

/** Saves one file after another, each seen before the next. */
async function edits(daemon, place, pack, count) {
  for (let at = 0; at < count; at += 1) {
    const label = chance.below(1e9);
    const ref = `w${chance.below(5)}`;
    place.save(`${pack}/workflows/${ref}.yaml`, flow(label));
    await until(
      `${pack}.${ref} is live`,
      async () => (await ask(daemon, `/workflows/${pack}.${ref}`)).data?.label === `L ${label}`,
    );
  }
}

function definition(ref, label) {
  return { ref, label, version: '1.0.0', tasks: [{ name: 'only', action: 'core.echo' }] };
}

/** Everything that only the database knows. */
async function operate(daemon, place, sql) {
  await edits(daemon, place, 'quiet', 15);
  const [{ ref }] = await sql`
    select w.ref from packwatch.workflow_definition w join packwatch.workflow_revision r on r.workflow_definition = w.id
    where w.pack_ref = 'quiet' group by w.ref order by count(*) desc limit 1`;
  await ask(daemon, `/workflows/${ref}/rollback`, 'POST', { revision: 1 });
  await ask(daemon, '/workflows/quiet.w3/disable', 'POST');
  await ask(daemon, '/workflows/quiet.w4/protect', 'POST');
  await ask(daemon, '/workflows', 'POST', {
    pack_ref: 'quiet',
    definition: definition('quiet.client', 'By a client'),
  });
  place.save('quiet/workflows/gone.yaml', flow('gone'));
  await until('it is there', async () => (await ask(daemon, '/workflows/quiet.gone')).status === 200);
  rmSync(place.at('quiet/workflows/gone.yaml'));
  await until('it is gone', async () => (await ask(daemon, '/workflows/quiet.gone')).status === 404);
}

/** What the backup does not have; the version that a follower knows at the end. */
async function later(daemon, place, sql) {
  await edits(daemon, place, 'busy', 8);
  place.save('busy/workflows/new.yaml', flow('new'));
  rmSync(place.at('busy/workflows/w0.yaml'));
  await ask(daemon, '/workflows', 'POST', {
    pack_ref: 'busy',
    definition: definition('busy.client', 'Lost'),
  });
  await until('it is gone', async () => (await ask(daemon, '/workflows/busy.w0')).status === 404);
  await until('the new one is there', async () => (await ask(daemon, '/workflows/busy.new')).status === 200);
  return versionOf(sql);
}

async function versionOf(sql) {
  const [{ version }] = await sql`select version::float8 as version from packwatch.catalog_version`;
  return version;
}

async function known(sql, pack) {
  return sql`
    select w.ref, w.id::int, w.status, w.source, w.enabled, w.protected, w.revision, w.pinned_revision, w.pinned_over,
      (select jsonb_agg(jsonb_build_array(r.number, r.revision, r.source_text) order by r.number)
        from packwatch.workflow_revision r where r.workflow_definition = w.id) as history
    from packwatch.workflow_definition w where w.pack_ref = ${pack} order by w.ref`;
}

function compare(before, after) {
  if (before.length < 7) return [`only ${before.length} definitions were backed up`];
  if (!before.some(({ pinned_revision: pinned }) => pinned !== null)) return ['no pin was backed up'];
  return before
    .filter((row, at) => JSON.stringify(row) !== JSON.stringify(after[at]))
    .map(({ ref }) => `${ref} was ${JSON.stringify(before)} and is ${JSON.stringify(after)}`);
}

/** What is told to those who know a lost version, and those who know only what was kept. */
async function judgeFollowers({ daemon, place, sql, since, begun, restored }) {
  const found = [];
  const lost = await sql`select ref from packwatch.workflow_definition where ref = 'busy.client'`;
  if (lost.length > 0) found.push('a definition that was written after the backup is there');
  // Beyond every number that was known before, in case nobody noticed.
  await edits(daemon, place, 'busy', 1);
  while ((await versionOf(sql)) < since) await edits(daemon, place, 'busy', 1);
  for (const version of [since, restored, begun]) {
    const { status } = await ask(daemon, `/changes?since=${version}`);
    if (status !== 410) found.push(`who knew version ${version} is answered ${status}`);
  }
  return found;
}
