// An upgrade while the older program runs: the older one is built from the last commit with fewer migrations, or with as many as are
// told, leads under edits, and goes on leading when a newer daemon has brought the schema up to date; then the newer takes over, and back.
// Nothing is lost or retired on the way, ids and histories stay. Where a newer schema says that older programs must not work with it, they
// say so and leave with 78. Needs `npm run build` and the history of the repository.
// Usage: node test/long/upgrade.mjs [--migrations 5] [--edits 25]
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { createOracle } from '../support/oracle.mjs';
import {
  createPlace,
  differencesAfter,
  project,
  readOptions,
  startDaemon,
  startServer,
  until,
} from './harness.mjs';

const migrations = readdirSync(join(project, 'sql')).sort();
const options = readOptions({ migrations: 0, edits: 25 });
const flow = (x) => `label: L ${x}\nversion: 1.0.0\ntasks:\n  - name: only\n    action: core.echo\n`;

const place = createPlace('upgrade');
const older = buildOlder();
if (older === undefined) {
  console.log('SKIPPED: the history of the repository is not here, so no older program can be built');
  place.remove();
  process.exit(0);
}
const faults = [];
const gaps = [];
let count = 0;
const server = await startServer(join(place.base, 'state'));
const sql = server.connect();
const oracle = createOracle({ root: place.root, sql });
try {
  await play();
} finally {
  await sql.end({ timeout: 2 });
  await server.stop();
  place.remove();
}
for (const fault of faults) console.error(fault);
console.log(
  `upgrade: from ${older.commit} (${older.has} migrations) to ${migrations.length}, ${count} edits, the slowest live after ${Math.round(Math.max(...gaps))} ms, ${faults.length} faults`,
);
process.exitCode = faults.length === 0 ? 0 : 1;

function run(program, ...args) {
  return spawnSync(program, args, { cwd: project, encoding: 'utf8' });
}

/** Its migrations, each with the digest of its content. */
function migrationsOf(commit) {
  const lines = run('git', 'ls-tree', commit, 'sql/').stdout.trimEnd().split('\n');
  return new Map(lines.map((line) => line.split(/\s+/)).map(([, , digest, path]) => [path, digest]));
}

/** True for a file that was mended since, and says of the text before that it is as good. */
function isFormerText(commit, path) {
  const text = run('git', 'show', `${commit}:${path}`).stdout;
  const checksum = createHash('sha256').update(text).digest('hex');
  return readFileSync(join(project, path), 'utf8').includes(`-- formerly: ${checksum}\n`);
}

/** The last commit with fewer migrations, all of them as they are now: some were written anew before they were ever released. */
function olderCommit() {
  const now = migrationsOf('HEAD');
  const commits = run('git', 'log', '--format=%h', '--', 'sql').stdout.trim().split('\n').filter(Boolean);
  return commits.find((commit) => {
    const then = migrationsOf(commit);
    const isLess = then.size < now.size && (options.migrations === 0 || then.size === options.migrations);
    const isSame = ([path, digest]) =>
      now.get(path) === digest || (now.has(path) && isFormerText(commit, path));
    return isLess && [...then].every(isSame);
  });
}

/** Undefined where there is no history to take it from. */
function buildOlder() {
  const commit = olderCommit();
  if (commit === undefined) return undefined;
  const dir = join(place.outside, 'older');
  mkdirSync(dir);
  if (run('sh', '-c', `git archive ${commit} | tar -x -C ${dir}`).status !== 0) return undefined;
  symlinkSync(join(project, 'node_modules'), join(dir, 'node_modules'));
  const built = run('npm', '--prefix', dir, 'run', 'build');
  if (built.status !== 0) throw new Error(`the older program cannot be built: ${built.stdout}`);
  return { commit, program: join(dir, 'dist/main.js'), has: readdirSync(join(dir, 'sql')).length };
}

function start(program, args = []) {
  const daemon = startDaemon({
    ...{ root: place.root, url: server.url, program },
    args: ['--log-level', 'info', '--rescan-s', '1', ...args],
  });
  const lines = () =>
    daemon
      .stderr()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));
  return {
    ...daemon,
    lines,
    says: (text) =>
      until(`a daemon says ${text}`, () => lines().some(({ msg }) => msg.startsWith(text)), 60_000).catch(
        (error) => {
          throw new Error(`${error.message}: ${daemon.stderr().slice(-2_000)}`);
        },
      ),
  };
}

/** One file after another, each until it is live. */
async function edit(when) {
  for (let at = 0; at < options.edits; at += 1) {
    count += 1;
    const ref = `w${count % 4}`;
    const begunMs = performance.now();
    place.save(`ops/workflows/${ref}.yaml`, flow(count));
    await until(`an edit ${when} is live`, async () => {
      const [row] =
        await sql`select definition ->> 'label' as label from packwatch.workflow_definition where ref = ${`ops.${ref}`}`;
      return row?.label === `L ${count}`;
    });
    gaps.push(performance.now() - begunMs);
  }
}

async function idsNow() {
  return JSON.stringify(await sql`select ref, id::int from packwatch.workflow_definition order by ref`);
}

async function play() {
  place.save('ops/pack.yaml', 'ref: ops\nversion: 1.0.0\n');
  for (let at = 0; at < 4; at += 1) place.save(`ops/workflows/w${at}.yaml`, flow(`start ${at}`));
  let old = start(older.program);
  await old.says('leading this source');
  await until('all are registered', async () => (await idsNow()).split('"ref"').length === 5);
  await edit('before');
  const ids = await idsNow();
  const recorded = await sql`select id from packwatch.schema_migration`;
  if (recorded.length !== older.has)
    faults.push(`the older program has made ${recorded.length} of ${older.has} migrations`);

  let writing = edit('while the schema is brought up to date');
  const young = start('dist/main.js');
  await young.says('the schema was brought up to date');
  await young.says('another daemon leads this source');
  await writing;
  await edit('of the older program on the newer schema');
  writing = edit('while the newer takes over');
  await old.stop();
  await young.says('leading this source');
  await writing;
  tell('the older one', old);
  for (const difference of await differencesAfter(oracle)) faults.push(`after the upgrade: ${difference}`);

  // And back: the schema is newer than the program, and says that this is no harm.
  old = start(older.program);
  await old.says('the database was migrated by a newer program; going on, for it is compatible');
  writing = edit('while the older takes over');
  await young.stop();
  await old.says('leading this source');
  await writing;
  await old.stop();
  tell('the newer one', young);
  tell('the older one, once more', old);
  for (const difference of await differencesAfter(oracle)) faults.push(`after the way back: ${difference}`);
  if ((await idsNow()) !== ids) faults.push(`the ids were ${ids} and are ${await idsNow()}`);
  await judgeHistory();

  await sql`insert into packwatch.schema_migration (id, name, checksum, breaking) values (9999, '9999_future.sql', 'none', true)`;
  for (const program of [older.program, 'dist/main.js']) await refuses(program);
}

/** No error, and nothing that went wrong on the way. */
function tell(who, daemon) {
  for (const { level, msg, err } of daemon.lines())
    if (level === 'error' || msg.startsWith('a pass failed'))
      faults.push(`${who}: ${msg} ${JSON.stringify(err)}`);
}

async function judgeHistory() {
  const [{ lost }] = await sql`
    select count(*)::int as lost from packwatch.catalog_change where verb in ('retired', 'degraded', 'rejected')`;
  if (lost > 0) faults.push(`${lost} changes took something away`);
  const [{ kept }] = await sql`select count(*)::int as kept from packwatch.workflow_revision`;
  if (kept !== count + 4) faults.push(`${kept} revisions are kept of ${count + 4}`);
}

/** A newer schema that older programs must not work with: each command leaves with 78 and says what to do. */
async function refuses(program) {
  const daemon = start(program);
  const { code } = await daemon.exited;
  const told = daemon.stderr();
  if (code !== 78) faults.push(`run left with ${code} on a newer breaking schema`);
  if (!told.includes('9999_future.sql') || !told.includes('upgrade the program'))
    faults.push(`run does not say what to do: ${told}`);
  // `plan` of the first programs read whatever schema there was.
  for (const command of program === older.program ? ['sync', 'migrate'] : ['sync', 'plan', 'migrate']) {
    const args = [
      program,
      command,
      ...(command === 'migrate' ? [] : [`packs=${place.root}`]),
      '--database-url',
      server.url,
    ];
    const { status, stderr } = spawnSync(process.execPath, args, { cwd: project, encoding: 'utf8' });
    if (status !== 78 || !stderr.includes('9999_future.sql'))
      faults.push(`${command} left with ${status}: ${stderr}`);
  }
}
