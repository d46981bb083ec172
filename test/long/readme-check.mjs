// The commands of README.md and docs/install.md as a stranger would run them: a fresh clone, `npm ci && npm start`, an edit, Ctrl-C. As root, as root
// below a directory only root can enter and as an ordinary user. Usage: node test/long/readme-check.mjs [--keep] [--tests]
//   --tests  runs `npm test` too where only root can enter
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('../../', import.meta.url));
const isRoot = process.getuid?.() === 0;
const base = mkdtempSync(join(tmpdir(), 'pw-readme-'));
chmodSync(base, 0o755);
const ordinary = { uid: 65_534, gid: 65_534 };
const edited = 'packs/datamove/workflows/expire_copies.yaml';
const limitMs = 60_000;

function sh(command, options) {
  const result = spawnSync('sh', ['-c', command], { encoding: 'utf8', ...options });
  if (result.status !== 0) throw new Error(`${command}: ${result.stdout}${result.stderr}`);
}

async function until(what, look) {
  const end = Date.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited ${limitMs} ms for ${what}`);
    await sleep(50);
  }
}

async function live(name, directory, user, withTests) {
  mkdirSync(directory, { recursive: true });
  if (user) sh(`chown ${user.uid}:${user.gid} ${directory}`);
  const home = join(directory, 'home');
  const project = join(directory, 'project');
  mkdirSync(home);
  if (user) sh(`chown ${user.uid}:${user.gid} ${home}`);
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    NO_COLOR: '1',
    npm_config_cache: join(home, 'cache'),
    PACKWATCH_HTTP: '127.0.0.1:0',
  };
  for (const [key, value] of Object.entries(process.env))
    if (/^npm_config_registry$/i.test(key)) env[key] = value;
  const asUser = { cwd: directory, env, ...(user ?? {}) };
  sh(`git clone -q ${source} ${project}`);
  if (user) sh(`chown -R ${user.uid}:${user.gid} ${project}`);
  const installStart = Date.now();
  sh('npm ci', { ...asUser, cwd: project });
  const installMs = Date.now() - installStart;
  const startedAt = Date.now();
  const child = spawn('npm', ['start'], {
    ...asUser,
    cwd: project,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  child.stdout.on('data', (data) => (output += data));
  child.stderr.on('data', (data) => (output += data));
  const exited = new Promise((resolve) => child.on('exit', (code, signal) => resolve(signal ?? code)));
  try {
    await until('the welcome', () => {
      if (child.exitCode !== null) throw new Error(`npm start ended:\n${output}`);
      return output.includes('Ctrl-C stops');
    });
    const readyMs = Date.now() - startedAt;
    const api = /API\s+(http:\S+)/.exec(output)?.[1];
    const look = async () => (await (await fetch(`${api}/datamove.expire_copies`)).json()).data;
    const before = await look();
    const path = join(project, edited);
    writeFileSync(
      `${path}.new`,
      readFileSync(path, 'utf8').replace(/^label: .*$/m, 'label: A label of today'),
    );
    if (user) sh(`chown ${user.uid}:${user.gid} ${path}.new`);
    const savedAt = Date.now();
    renameSync(`${path}.new`, path);
    const after = await until('the edit', async () => {
      const row = await look();
      return row.label === 'A label of today' ? row : undefined;
    });
    if (after.id !== before.id || after.number !== 2)
      throw new Error('the edit is no second revision of the same definition');
    console.log(
      `${name}: npm ci ${(installMs / 1000).toFixed(1)} s, ready ${(readyMs / 1000).toFixed(1)} s after npm start, edit seen after ${Date.now() - savedAt} ms`,
    );
    if (name === 'root' || !isRoot) console.log(output.replaceAll(project, '.').trimEnd());
  } finally {
    process.kill(-child.pid, 'SIGINT');
    await Promise.race([exited, sleep(15_000)]);
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // gone already, as it should be
    }
  }
  await until('the embedded server to be gone', () => spawnSync('pgrep', ['-f', project]).status !== 0);
  if (withTests) {
    const result = spawnSync('npm', ['test'], { ...asUser, cwd: project, encoding: 'utf8', maxBuffer: 1e8 });
    const counts = /Tests .*/.exec(result.stdout)?.[0] ?? 'no counts';
    if (result.status !== 0)
      throw new Error(`npm test: ${counts}\n${result.stdout.slice(-20_000)}${result.stderr.slice(-5_000)}`);
    console.log(`${name}: npm test, ${counts}`);
  }
}

let failures = 0;
const cases = isRoot
  ? [
      ['root', join(base, 'root'), undefined],
      ['root, in a directory only root can enter', join(base, 'closed', 'inner'), undefined],
      ['ordinary user', join(base, 'user'), ordinary],
    ]
  : [['ordinary user', join(base, 'user'), undefined]];
if (!isRoot) console.log('SKIPPED: not root, so only the case of an ordinary user is run');
for (const [name, directory, user] of cases) {
  if (directory.includes('closed')) {
    mkdirSync(join(base, 'closed'));
    chmodSync(join(base, 'closed'), 0o700);
  }
  try {
    await live(name, directory, user, process.argv.includes('--tests') && directory.includes('closed'));
  } catch (error) {
    failures += 1;
    console.error(`${name}: ${error.stack}`);
  }
}
if (!process.argv.includes('--keep')) rmSync(base, { recursive: true, force: true });
console.log(failures === 0 ? 'readme: ok' : `readme: ${failures} failed`);
process.exitCode = failures === 0 ? 0 : 1;
