// Every command of README.md and docs/, run as a reader would: each page in a directory of its own that looks like a built
// checkout, block after block in one terminal, and what the page shows compared with what is printed. How a page marks what
// cannot be run here: test/support/doc-pages.mjs. Needs root, `npm run build`, PostgreSQL 15 of the system, bash, curl and git.
// Usage: node test/long/docs-check.mjs [PAGE…] [--verbose] [--null-control]
//   --null-control  the first output that a page shows has a line that no program prints; that and nothing else must be told
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readPage } from '../support/doc-pages.mjs';
import { project, startServer } from './harness.mjs';

const { values, positionals } = parseArgs({
  options: { verbose: { type: 'boolean' }, 'null-control': { type: 'boolean' } },
  allowPositionals: true,
});
const base = mkdtempSync(join(tmpdir(), 'pw-docs-'));
chmodSync(base, 0o755);
/** Of the checkout, what a reader uses and only reads. An example run through a link would not know that it is what was started. */
const readOnly = ['systemd', 'sql', 'node_modules', 'dist', 'package.json', 'compose.yaml', 'Dockerfile'];
const counts = { pages: 0, run: 0, shown: 0, elsewhere: 0, left: 0 };
const faults = [];

const pagePaths = () =>
  positionals.length > 0
    ? positionals
    : [
        'README.md',
        ...readdirSync(join(project, 'docs'), { recursive: true, encoding: 'utf8' })
          .filter((path) => path.endsWith('.md'))
          .map((path) => `docs/${path}`)
          .sort(),
      ];

/** Programs that the pages have on their PATH; the last two are for `<!-- do: -->`: a daemon in the background, ready, and its end. */
function makePrograms(directory) {
  mkdirSync(directory);
  const programs = {
    packwatch: `exec ${process.execPath} ${project}dist/main.js "$@"`,
    'start-daemon': `packwatch run "$@" >>daemon.log 2>&1 &
echo $! > daemon.pid
for try in $(seq 600); do curl -fsS http://127.0.0.1:7410/readyz >/dev/null 2>&1 && exit; sleep 0.05; done
tail -n 5 daemon.log; exit 1`,
    'stop-daemon': `kill "$(cat daemon.pid)" && while kill -0 "$(cat daemon.pid)" 2>/dev/null; do sleep 0.05; done`,
  };
  for (const [name, text] of Object.entries(programs))
    writeFileSync(join(directory, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
}

function makeGround(directory) {
  mkdirSync(join(directory, 'checkout'), { recursive: true });
  mkdirSync(join(directory, 'home'));
  mkdirSync(join(directory, 'kept'));
  writeFileSync(join(directory, 'home', '.curlrc'), 'fail\nsilent\nshow-error\n');
  writeFileSync(join(directory, 'home', '.gitconfig'), '[user]\nname = Reader\nemail = reader@localhost\n');
  for (const name of ['packs', 'docs'])
    cpSync(join(project, name), join(directory, 'checkout', name), { recursive: true });
  for (const name of readOnly) symlinkSync(join(project, name), join(directory, 'checkout', name));
}

/** An ordinary role, made once for all pages. */
async function makeInstaller(server) {
  const sql = server.connect();
  await sql.unsafe('create role installer');
  await sql.end();
}

/** The URL of the page's server for another role and database. */
const urlFor = (server, user, database) =>
  server.url.replace(/\/\/[^/]*\/[^?]*/, `//${user}@localhost/${database}`);

/** `postgres`: commands use a database of the page's own, as an ordinary role; `superuser`: the page makes role and database. */
async function groundVariables(ground, server, name) {
  if (ground === undefined) return {};
  if (ground === 'superuser')
    return {
      SUPERUSER_URL: server.url,
      REGISTRY_URL: urlFor(server, 'registry', 'registry'),
    };
  if (ground !== 'postgres') throw new Error(`no such ground: ${ground}`);
  const sql = server.connect();
  await sql.unsafe(`create role ${name} login in role installer`);
  await sql.unsafe(`create database ${name} owner ${name}`);
  await sql.end();
  return { DATABASE_URL: urlFor(server, name, name) };
}

/** The steps done in namespaces of their own: network with a loopback alone, processes that end with the first one. */
function doSteps(directory, env) {
  const inner = `ip link set lo up && ${process.execPath} ${project}test/long/docs-terminal.mjs ${directory}/steps.json ${directory}/kept`;
  const child = spawn(
    'unshare',
    ['-n', '-p', '-f', '--mount-proc', '--kill-child', 'sh', '-c', `${inner}; exit $?`],
    {
      cwd: join(directory, 'checkout'),
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let told = '';
  child.stdout.on('data', (data) => (told += data));
  return new Promise((end) =>
    child.once('close', () =>
      end(
        told
          .split('\n')
          .filter(Boolean)
          .map((line) => JSON.parse(line)),
      ),
    ),
  );
}

/** For the null control; undefined for a page that shows no output. */
function spoilt(steps) {
  const first = steps.find(({ kind }) => kind === 'see');
  if (first === undefined) return undefined;
  const text = `${first.text}\na line that no program prints`;
  return steps.map((step) => (step === first ? { ...step, text, isSpoilt: true } : step));
}

async function checkPage(server, path, index) {
  const page = readPage(path, readFileSync(join(project, path), 'utf8'));
  faults.push(...page.faults);
  const left = page.steps.filter(({ kind }) => kind === 'left');
  const own = page.steps.filter(({ kind }) => kind !== 'left');
  const steps = values['null-control'] ? spoilt(own) : own;
  if (!values['null-control']) for (const step of left) tellLeft(path, step);
  if (steps === undefined || !steps.some(({ kind }) => kind === 'run')) return;
  const directory = join(base, `page${index}`);
  makeGround(directory);
  writeFileSync(join(directory, 'steps.json'), JSON.stringify(steps));
  const env = {
    ...{
      PATH: `${base}/bin:${process.env.PATH}`,
      HOME: join(directory, 'home'),
      npm_config_prefix: join(directory, 'home'),
      LANG: 'C.UTF-8',
      NO_COLOR: '1',
    },
    ...(await groundVariables(page.ground, server, `page${index}`)),
  };
  judge(path, steps, await doSteps(directory, env));
}

function judge(path, steps, done) {
  const failed = done.filter(({ fault }) => fault);
  counts.pages += 1;
  if (values['null-control']) {
    const told = failed.map(({ line }) => line).join();
    const wanted = String(steps.find(({ isSpoilt }) => isSpoilt).line);
    if (told !== wanted) faults.push(`${path}: told of lines ${told || 'none'}, not of ${wanted}`);
    return;
  }
  counts.run += steps.filter(({ kind }, at) => kind === 'run' && done[at] && !done[at].fault).length;
  counts.shown += steps.filter(({ kind }, at) => kind === 'see' && done[at] && !done[at].fault).length;
  for (const { line, fault, output } of failed)
    faults.push(`${path}:${line}: ${fault}\n${output.trimEnd().split('\n').slice(-40).join('\n')}`);
  if (done.length < steps.length) faults.push(`${path}:${steps[done.length].line}: not reached`);
  if (values.verbose) console.log(`${path}: ${steps.length} steps, ${failed.length} failed`);
}

/** A block that is not run here is told; one that another test runs must be in a page which that test names. */
function tellLeft(path, { line, reason, by, text }) {
  const first = text.split('\n')[0];
  if (by === undefined) {
    counts.left += 1;
    console.log(`NOT RUN: ${path}:${line}: ${reason}: ${first}`);
    return;
  }
  counts.elsewhere += 1;
  const names =
    existsSync(join(project, by)) && readFileSync(join(project, by), 'utf8').includes(path.split('/').at(-1));
  if (!names) faults.push(`${path}:${line}: ${by} does not name the page`);
  if (values.verbose) console.log(`run by ${by}: ${path}:${line}: ${first}`);
}

if (
  process.getuid?.() !== 0 ||
  spawnSync('unshare', ['-n', '-p', '-f', '--mount-proc', 'true']).status !== 0
) {
  console.log('SKIPPED: no namespaces can be made here, so no command of the documents was run');
  process.exit(0);
}
makePrograms(join(base, 'bin'));
const server = await startServer(join(base, 'server'), 'system');
await makeInstaller(server);
const queue = pagePaths().map((path, index) => [path, index]);
const work = async () => {
  for (let next = queue.shift(); next; next = queue.shift())
    await checkPage(server, ...next).catch((error) => faults.push(`${next[0]}: ${error.stack}`));
};
await Promise.all([work(), work(), work()]);
await server.stop();
rmSync(base, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
for (const fault of faults) console.error(fault);
console.log(
  values['null-control']
    ? `${counts.pages} pages with a line that no program prints`
    : `${counts.run} blocks run on ${counts.pages} pages, ${counts.shown} outputs as shown, ${counts.elsewhere} run by other tests, ${counts.left} not run`,
);
console.log(faults.length === 0 ? 'docs: ok' : `docs: ${faults.length} failed`);
process.exitCode = faults.length === 0 ? 0 : 1;
