// One of two roots lies on a file system that stops answering, at the start and later: the other is kept as if nothing were, the daemon
// says why, goes on with the first when it answers, and ends when it is asked to. A real file system and real stuck calls: a thread
// that waits in one cannot even be exited. Needs `npm run build`, FUSE and python3-fusepy.
// Usage: node test/long/silent-root.mjs [--null-control]
//   --null-control  calls are never given up: the run is good if the other root is held up
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createPlace, project, readOptions, startDaemon, startServer, until } from './harness.mjs';

const { 'null-control': isControl } = readOptions({ 'null-control': false });
const place = createPlace('silent');
const [behind, mounted, stop] = ['behind', 'mounted', 'stop'].map((name) => join(place.base, name));
mkdirSync(mounted);
const textOf = (x) => `version: 1.0.0\nvars:\n  x: ${x}\ntasks:\n  - name: only\n    action: core.noop\n`;
const put = (root, pack, x) => {
  mkdirSync(join(root, pack, 'workflows'), { recursive: true });
  writeFileSync(join(root, pack, 'pack.yaml'), `ref: ${pack}\nversion: 1.0.0\n`);
  writeFileSync(join(root, pack, 'workflows/one.yaml'), textOf(x));
};
put(behind, 'far', 0);
put(place.root, 'near', 0);

const fileSystem = spawn(
  '/usr/bin/python3',
  [join(project, 'test/support/silent-fs.py'), behind, mounted, stop],
  {
    stdio: ['ignore', 'ignore', 'pipe'],
  },
);
let refusal = '';
fileSystem.stderr.on('data', (data) => {
  refusal += data;
});
const isMounted = () => readFileSync('/proc/mounts', 'utf8').includes(` ${mounted} fuse`);
const unmounted = new Promise((resolve) => fileSystem.on('close', resolve));
for (let tries = 0; tries < 100 && !isMounted() && fileSystem.exitCode === null; tries += 1) await sleep(50);
if (!isMounted()) {
  console.log(
    `silent root: NOT RUN, no file system can be mounted here: ${refusal.trim().split('\n').at(-1)}`,
  );
  fileSystem.kill();
  place.remove();
  process.exit(0);
}

/** Or all but the threads that wait in the file system: once that has a call, no signal ends them. */
const hasEnded = ({ pid }) => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).startsWith('Z');
  } catch {
    return true; // gone
  }
};

const silence = () => writeFileSync(stop, '');
const speak = () => rmSync(stop, { force: true });
const failures = [];
const figures = {};
let server;
let daemon;

const program = isControl ? neverGivingUp() : 'dist/main.js';
/** A copy of the program whose calls wait for as long as they take. */
function neverGivingUp() {
  const copy = join(place.base, 'copy');
  for (const part of ['dist', 'sql', 'package.json'])
    cpSync(join(project, part), join(copy, part), { recursive: true });
  spawnSync('ln', ['-s', join(project, 'node_modules'), join(copy, 'node_modules')]);
  const path = join(copy, 'dist/load/root-access.js');
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, text.replace('call.age <= patience.beats', 'true'));
  if (text === readFileSync(path, 'utf8')) throw new Error('the guard was not found');
  return join(copy, 'dist/main.js');
}

const start = () =>
  startDaemon({
    ...{ root: place.root, name: 'near', url: server.url, program },
    args: ['--rescan-s', '2', '--log-level', 'warn', `far=${mounted}`],
  });

try {
  server = await startServer(join(place.base, 'state'));
  const sql = server.connect();
  const served = (ref, x) => async () => {
    const [row] =
      await sql`select definition #>> '{vars,x}' as x from packwatch.workflow_definition where ref = ${ref}`.catch(
        () => [],
      );
    return row?.x === String(x);
  };
  const timed = async (name, limitMs, act, condition) => {
    const begunMs = performance.now();
    act();
    try {
      await until(name, condition, limitMs, 10);
    } catch (error) {
      failures.push(error.message);
    }
    figures[name] = Math.round(performance.now() - begunMs);
  };

  silence();
  daemon = start();
  await timed('start beside it', 6_000, () => undefined, served('near.one', 0));
  await timed('save beside it', 4_000, () => put(place.root, 'near', 1), served('near.one', 1));
  await timed(
    'told',
    15_000,
    () => undefined,
    async () => /file system of this root does not answer/.test(daemon.stderr()),
  );
  await timed('save once it is told', 4_000, () => put(place.root, 'near', 2), served('near.one', 2));
  await timed('it answers', 6_000, speak, served('far.one', 0));
  silence();
  // The pass that finds it out waits for it; those after that do not.
  await timed(
    'save when it falls silent again',
    20_000,
    () => put(place.root, 'near', 3),
    served('near.one', 3),
  );
  await sleep(12_000);
  await timed('save while it is silent', 4_000, () => put(place.root, 'near', 4), served('near.one', 4));
  put(behind, 'far', 1);
  await timed('it answers again, with a change', 6_000, speak, served('far.one', 1));
  silence();
  await sleep(2_500);
  await timed(
    'stop',
    10_000,
    () => daemon.kill('SIGTERM'),
    () => hasEnded(daemon),
  );
  const retired = await sql`select ref from packwatch.workflow_definition where status <> 'active'`;
  if (retired.length > 0) failures.push(`${retired.map(({ ref }) => ref)} were let go`);
} finally {
  speak();
  daemon?.kill('SIGKILL');
  spawnSync('umount', [mounted]);
  fileSystem.kill();
  await unmounted;
  await server?.stop();
  if (!existsSync(join(mounted, 'far'))) place.remove();
}

console.log(`silent root: ${JSON.stringify(figures)}`);
for (const failure of failures) console.log(`  ${failure}`);
const isGood = isControl ? failures.length > 0 : failures.length === 0;
console.log(
  isControl
    ? `null control: ${isGood ? 'red, as it should be' : 'NOT RED'}`
    : isGood
      ? 'all held'
      : 'NOT held',
);
process.exit(isGood ? 0 : 1);
