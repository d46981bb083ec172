// The files for systemd, as far as its tools judge them without running anything. test/long/systemd-check.mjs runs them.
// Usage: node test/long/service-check.mjs
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Of 100, as the option wants it: 1.5 of 10. */
const exposure = 15;
const from = fileURLToPath(new URL('../../systemd/', import.meta.url));
const read = (name) => readFileSync(join(from, name), 'utf8');
const units = ['packwatch.service', 'packwatch@.service'];
const dropIns = ['database.conf', 'tokens.conf'];
const dir = mkdtempSync(join(tmpdir(), 'pw-units-'));
const problems = [];
const need = (holds, problem) => {
  if (!holds) problems.push(problem);
};
const run = (command, ...args) => spawnSync(command, args, { encoding: 'utf8' });
const told = ({ stdout, stderr }) => `${stdout}${stderr}`.trim();

/** A copy of the units as they are installed, drop-ins among them. */
function install(name, change = (text) => text) {
  const target = join(dir, name);
  mkdirSync(target);
  for (const unit of units) {
    writeFileSync(join(target, unit), change(read(unit)));
    mkdirSync(join(target, `${unit}.d`));
    for (const dropIn of dropIns) cpSync(join(from, dropIn), join(target, `${unit}.d`, dropIn));
  }
  cpSync(join(target, 'packwatch@.service'), join(target, 'packwatch@team.service'));
  return target;
}

const judge = (file) =>
  run('systemd-analyze', 'security', '--offline=true', `--threshold=${exposure}`, '--no-pager', file);
const verify = (target) =>
  run(
    'systemd-analyze',
    'verify',
    '--man=no',
    ...[units[0], 'packwatch@team.service'].map((unit) => join(target, unit)),
  );

function checkText() {
  for (const unit of units) {
    const text = read(unit);
    for (const line of [
      ...[
        'Type=notify',
        'NotifyAccess=all',
        'ExecReload=/bin/kill -HUP $MAINPID',
        'RestartPreventExitStatus=64 78',
      ],
      ...['WatchdogSec=30', 'MemoryMax=1G', 'TasksMax=128'],
    ])
      need(text.split('\n').includes(line), `${unit}: no line ${line}`);
    need(!/^MemoryDenyWriteExecute=/m.test(text), `${unit}: MemoryDenyWriteExecute ends Node`);
  }
  // The instances are the same service: what names one may differ, nothing else.
  const rest = (unit) =>
    read(unit)
      .split('\n')
      .filter(
        (line) =>
          !/^(#|Description=|StateDirectory=|EnvironmentFile=|Environment=PACKWATCH_(ROOTS|HTTP)=)/.test(
            line,
          ),
      )
      .join('\n');
  need(rest(units[0]) === rest(units[1]), 'packwatch@.service is another service than packwatch.service');
}

function checkWithTools() {
  const target = install('whole');
  for (const unit of units) {
    const security = judge(join(target, unit));
    need(security.status === 0, `${unit}: exposure above ${exposure / 10}\n${told(security)}`);
    console.log(security.stdout.trim().split('\n').at(-1));
  }
  const verified = verify(target);
  need(verified.status === 0 && told(verified) === '', `systemd-analyze verify: ${told(verified)}`);
  // Both tools must be able to say no.
  const open = install('open', (text) =>
    text.replace(/^(NoNewPrivileges|ProtectSystem|CapabilityBoundingSet)=.*$/gm, ''),
  );
  need(judge(join(open, units[0])).status !== 0, 'systemd-analyze security lets an open unit pass');
  const wrong = install('wrong', (text) => text.replace('Type=notify', 'Typo=notify'));
  need(told(verify(wrong)) !== '', 'systemd-analyze verify lets a wrong unit pass');
}

/** In a root of their own, as at an installation. */
function checkUserAndPlaces() {
  const root = join(dir, 'root');
  mkdirSync(join(root, 'etc'), { recursive: true });
  const user = run('systemd-sysusers', `--root=${root}`, join(from, 'packwatch.sysusers'));
  need(user.status === 0, `packwatch.sysusers: ${told(user)}`);
  need(
    /^packwatch:/m.test(readFileSync(join(root, 'etc/passwd'), 'utf8')),
    'packwatch.sysusers made no user',
  );
  const places = run('systemd-tmpfiles', '--create', `--root=${root}`, join(from, 'packwatch.tmpfiles'));
  need(places.status === 0, `packwatch.tmpfiles: ${told(places)}`);
  const found = run('find', join(root, 'etc/packwatch'), join(root, 'srv'), '-printf', '%P %m\n');
  need(
    found.stdout.includes('packwatch/packs 755'),
    `packwatch.tmpfiles made something else: ${told(found)}`,
  );
}

checkText();
if (run('systemd-analyze', '--version').status === 0) {
  checkWithTools();
  if (process.getuid?.() === 0) checkUserAndPlaces();
  else console.log('SKIPPED: only root can try sysusers and tmpfiles');
} else console.log('SKIPPED: systemd is not installed, so the units were only read');
rmSync(dir, { recursive: true, force: true });
for (const problem of problems) console.error(problem);
console.log(problems.length === 0 ? 'service files: ok' : `service files: ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
