// Random edits on a live root, `kill -9` of the daemon at random moments, restart; at the end the registry equals the disk as
// another parser reads it. Needs `npm run build`. Usage: node test/long/daemon-kill.mjs [--rounds 50] [--seed 1]
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import postgres from 'postgres';
import yaml from 'yaml';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '50' }, seed: { type: 'string', default: '1' } },
});
const rounds = Number(values.rounds);
const project = fileURLToPath(new URL('../../', import.meta.url));
const { startEmbedded } = await import('../../dist/embedded/start.js');
const base = mkdtempSync(join(tmpdir(), 'pw-dkill-'));
const root = join(base, 'packs');
const outside = join(base, 'outside');
mkdirSync(root);
mkdirSync(outside);

let state = Number(values.seed) >>> 0;
// mulberry32: small, seeded, good enough to choose files and moments.
const random = () => {
  state = (state + 0x6d2b79f5) >>> 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
};
const pick = (list) => list[Math.floor(random() * list.length)];

const packNames = ['alpha', 'beta', 'gamma'];
for (const pack of packNames) {
  mkdirSync(join(root, pack, 'workflows'), { recursive: true });
  writeFileSync(join(root, pack, 'pack.yaml'), `ref: ${pack}\nversion: 1.0.0\n`);
}
const save = (path, text) => {
  const temp = join(outside, 'temp');
  writeFileSync(temp, text);
  renameSync(temp, path);
};
const workflow = () =>
  `label: Label ${Math.floor(random() * 1e6)}\nversion: 1.0.0\ntasks:\n  - name: only\n    action: core.echo\n`;
const broken = new Set();
function edit() {
  const path = join(root, pick(packNames), 'workflows', `w${Math.floor(random() * 8)}.yaml`);
  const kind = random();
  if (kind < 0.65) {
    save(path, workflow());
    broken.delete(path);
  } else if (kind < 0.8) {
    save(path, 'version: 1.0\ntasks: nothing\n');
    broken.add(path);
  } else {
    rmSync(path, { force: true });
    broken.delete(path);
  }
}

const server = await startEmbedded({ stateDir: join(base, 'state') });
const sql = postgres({ ...server.connection, max: 2, onnotice: () => undefined });
const url = `postgres://${server.connection.user}@localhost/${server.connection.database}?host=${encodeURIComponent(server.connection.host)}&port=${server.connection.port}`;
const start = () =>
  spawn(
    process.execPath,
    [
      'dist/main.js',
      'run',
      `kill=${root}`,
      '--http',
      'off',
      '--rescan-s',
      '1',
      '--database-url',
      url,
      '--log-level',
      'error',
    ],
    {
      cwd: project,
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  );

/** What the disk says, by the other parser; a broken file says nothing. */
function disk() {
  const refs = new Map();
  for (const pack of packNames) {
    for (const name of readdirSync(join(root, pack, 'workflows'))) {
      const path = join(root, pack, 'workflows', name);
      if (broken.has(path)) continue;
      const bytes = readFileSync(path);
      refs.set(`${pack}.${name.slice(0, -5)}`, {
        label: yaml.parse(bytes.toString()).label,
        digest: createHash('sha256').update(bytes).digest('hex'),
      });
    }
  }
  return refs;
}

/** Differences between registry and disk; a definition whose file is broken may be served as it was. */
async function differences() {
  const wanted = disk();
  const rows =
    await sql`select ref, label, file_digest, status, (select count(*) from packwatch.action a where a.ref = w.ref and a.status = w.status) as actions
    from packwatch.workflow_definition w where status <> 'retired'`;
  const found = [];
  const served = new Map(rows.map((row) => [row.ref, row]));
  for (const [ref, { label, digest }] of wanted) {
    const row = served.get(ref);
    if (!row) found.push(`${ref} is missing`);
    else if (
      row.label !== label ||
      row.file_digest !== digest ||
      row.status !== 'active' ||
      Number(row.actions) !== 1
    )
      found.push(`${ref} is not what its file says`);
  }
  const kept = new Set(
    [...broken].map((path) =>
      path
        .slice(root.length + 1)
        .replace('/workflows/', '.')
        .slice(0, -5),
    ),
  );
  for (const [ref, row] of served) {
    if (!wanted.has(ref) && !kept.has(ref)) found.push(`${ref} has no file`);
    if (kept.has(ref) && row.status !== 'degraded') found.push(`${ref} is broken and not degraded`);
  }
  return found;
}

let failed = 0;
try {
  for (let round = 1; round <= rounds; round += 1) {
    const daemon = start();
    const died = new Promise((resolve) => daemon.on('exit', resolve));
    const until = Date.now() + 400 + random() * 1500;
    while (Date.now() < until) {
      edit();
      await sleep(random() * 60);
    }
    daemon.kill('SIGKILL');
    await died;
    for (let more = 0; more < 3; more += 1) edit();
  }
  const daemon = start();
  const died = new Promise((resolve) => daemon.on('exit', resolve));
  const end = Date.now() + 30_000;
  let found = ['not looked yet'];
  while (found.length > 0 && Date.now() < end) {
    await sleep(100);
    // Before the first start has made the schema there is nothing to read.
    found = await differences().catch((error) => [String(error)]);
  }
  daemon.kill('SIGTERM');
  await died;
  const [gaps] =
    await sql`select count(*)::int as n from (select ref, count(*) as rows, count(distinct number) as numbers, max(number) as top
    from packwatch.workflow_revision r join packwatch.workflow_definition w on w.id = r.workflow_definition group by ref) h where rows <> numbers or rows <> top`;
  if (gaps.n > 0) found.push(`${gaps.n} histories with gaps or doubles`);
  failed = found.length;
  for (const difference of found) console.error(difference);
  console.log(`daemon kill: ${rounds} rounds, seed ${values.seed}, ${failed} differences`);
} finally {
  await sql.end({ timeout: 2 });
  await server.stop();
  rmSync(base, { recursive: true, force: true });
}
process.exitCode = failed === 0 ? 0 : 1;
