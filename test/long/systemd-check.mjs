// The service files under a systemd of their own: start, a save, reload, a frozen daemon, credentials, wrong settings, an instance, stop.
// Usage: node test/long/systemd-check.mjs. Needs root and Linux; where no systemd can be booted one line says so.
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createPlace, project, startServer, until } from './harness.mjs';

const begunMs = performance.now();
const token = 'systemd-check-'.padEnd(40, 'x');
const place = createPlace('systemd');
const layer = join(place.base, 'layer');
mkdirSync(layer);

/** What keeps a machine from being booted here; undefined: nothing known. */
function obstacle() {
  if (process.getuid?.() !== 0) return 'only root can boot one';
  if (!existsSync('/lib/systemd/systemd')) return 'there is none';
  if (!existsSync('/usr/bin/node')) return 'the unit wants /usr/bin/node';
  const tried = spawnSync('unshare', ['--mount', '--pid', '--fork', '--uts', '--ipc', '--cgroup', 'true'], {
    encoding: 'utf8',
  });
  return tried.status === 0 ? undefined : `no namespaces: ${tried.stderr.trim()}`;
}

/** A control group of the machine's own: systemd takes the one it is started in for the root of all. */
function createGroup() {
  const mount = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .find(([, , type]) => type === 'cgroup2');
  if (mount === undefined) throw new Error('no control groups of version 2');
  const dir = join(mount[1], `packwatch-systemd-${process.pid}`);
  mkdirSync(dir);
  return dir;
}

function removeGroup(dir) {
  const tree = spawnSync('find', [dir, '-depth', '-type', 'd'], { encoding: 'utf8' });
  for (const group of tree.stdout.split('\n').filter(Boolean)) rmdirSync(group);
}

async function boot(binds) {
  const group = createGroup();
  const script = join(project, 'test/long/systemd-machine.sh');
  const namespaces = ['--mount', '--pid', '--fork', '--kill-child', '--uts', '--ipc', '--cgroup'];
  const child = spawn(
    'bash',
    [
      ...['-c', 'echo 0 >"$0/cgroup.procs" && exec unshare "$@"', group],
      ...[...namespaces, 'bash', script, layer, ...binds],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text));
  const ended = new Promise((resolve) => child.once('exit', resolve));
  process.on('exit', () => child.kill('SIGKILL'));
  const first = await until('its first process', () => {
    const [pid] = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').split(' ');
    return pid || undefined;
  });
  const inside = (command, { fails = false } = {}) => {
    const at = ['-t', first, '-m', '-p', '-C', '-u', '-i', '--wd=/', 'sh', '-c', command];
    const { status, stdout, stderr } = spawnSync('nsenter', at, { encoding: 'utf8', timeout: 60_000 });
    if (status !== 0 && !fails)
      throw new Error(`${command}\nended with ${status}\n${stdout}${stderr}${said}`);
    return stdout.trim();
  };
  await until(
    'systemd runs',
    () => inside('systemctl is-system-running', { fails: true }) === 'running' || undefined,
  );
  return {
    inside,
    async halt() {
      child.kill('SIGKILL');
      await ended;
      await until('the control group is empty', () => {
        try {
          removeGroup(group);
          return true;
        } catch {
          return undefined; // its processes are about to end
        }
      });
    },
  };
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

const equal = (found, wanted, what) => {
  if (found !== wanted)
    throw new Error(`${what}: ${JSON.stringify(found)} instead of ${JSON.stringify(wanted)}`);
};

/** Blocks of a page that this script runs, in their order. */
function blocksOf(page) {
  const mark = '<!-- run by: test/long/systemd-check.mjs -->\n\n```sh\n';
  const [, ...parts] = readFileSync(join(project, page), 'utf8').split(mark);
  return parts.map((part) => part.slice(0, part.indexOf('```')));
}

async function check({ inside }, ports) {
  const show = (name, unit = 'packwatch') => inside(`systemctl show ${unit} -p ${name} --value`);
  const put = (path, text, mode = '644') =>
    inside(`mkdir -p "$(dirname ${path})" && printf '%s\n' '${text}' >${path} && chmod ${mode} ${path}`);
  const dropIn = (name, text) => put(`/etc/systemd/system/packwatch.service.d/${name}.conf`, text);
  const ask = async (path, { port = ports[0], headers = {} } = {}) =>
    (await fetch(`http://127.0.0.1:${port}${path}`, { headers })).status;
  const step = async (what, act) => {
    const atMs = performance.now();
    const said = await act();
    console.log(`${what}: ${said ?? 'ok'} (${((performance.now() - atMs) / 1000).toFixed(1)} s)`);
  };

  const [install, begin, withDatabase, remove, ...more] = blocksOf('docs/systemd.md');
  equal(more.length, 0, 'blocks of docs/systemd.md that nobody runs');
  equal(blocksOf('docs/install.md').join(), begin, 'the start on the page of all ways');
  const follow = (block) => inside(`cd /\nset -e\ncd /opt/packwatch\n${block}`);
  await step('the installation', () => {
    follow(install);
    inside('cp -r /opt/packwatch/packs/release /srv/packwatch/packs/');
    put('/etc/packwatch/environment', `PACKWATCH_HTTP=127.0.0.1:${ports[0]}`);
    equal(
      inside('stat -c %U:%a /srv/packwatch/packs /etc/packwatch'),
      'root:755\nroot:750',
      'what tmpfiles made',
    );
  });
  await step('start, with the embedded database', async () => {
    follow(begin);
    // Ready is what the start waited for.
    equal(await ask('/readyz'), 200, '/readyz right after the start');
    equal(show('ActiveState'), 'active', 'the unit');
    equal(inside('stat -c %U /var/lib/packwatch/'), 'packwatch', 'who has the state');
    await until(
      'its status',
      () => /^[1-9]\d* definitions, leads 1 of 1 root$/.test(show('StatusText')) || undefined,
    );
    return show('StatusText');
  });
  await step('a save', async () => {
    inside('cp -r /opt/packwatch/packs/incident /srv/packwatch/packs/');
    await until(
      'it is live',
      async () => (await ask('/api/v1/workflows/incident.triage')) === 200 || undefined,
    );
  });
  await step('reload', async () => {
    const main = show('MainPID');
    inside('systemctl reload packwatch');
    await until('it is over', () => show('ActiveState') === 'active' || undefined);
    equal(show('MainPID'), main, 'the main process after the reload');
    equal(
      inside('journalctl -u packwatch -o cat | grep -c \'"msg":"reloaded\''),
      '1',
      'reloads in the journal',
    );
  });
  await step('a frozen daemon is killed and comes again', async () => {
    dropIn('quick', '[Service]\nWatchdogSec=2\nRestartSec=100ms');
    inside('systemctl daemon-reload && systemctl restart packwatch');
    const main = show('MainPID');
    // Long enough to be killed if the watchdog were not fed.
    await sleep(5_000);
    equal(show('NRestarts'), '0', 'restarts while it is well');
    inside(`kill -STOP ${main}`);
    await until(
      'it is ready again',
      () => show('NRestarts') === '1' && show('ActiveState') === 'active',
      30_000,
    );
    equal(
      inside("journalctl -u packwatch -o cat | grep -c 'Watchdog timeout'"),
      '1',
      'time-outs in the journal',
    );
    equal(await ask('/readyz'), 200, '/readyz after the kill');
  });
  await step('database and tokens as credentials', async () => {
    put('/etc/packwatch/tokens', `check:read:${token}`, '600');
    inside('install -m 644 /opt/packwatch/systemd/tokens.conf /etc/systemd/system/packwatch.service.d/');
    follow(withDatabase.replace(/postgres:\/\/[^']*/, ports.database));
    equal(await ask('/api/v1/status'), 401, '/status without a token');
    const headers = { authorization: `Bearer ${token}` };
    equal(await ask('/api/v1/workflows/incident.triage', { headers }), 200, 'a workflow with a token');
    equal(inside('pgrep -c -u packwatch postgres', { fails: true }), '0', 'embedded servers');
    equal(inside(`grep -l ${token} /proc/*/environ`, { fails: true }), '', 'environments with the secret');
  });
  await step('an instance beside it', async () => {
    inside('mkdir /srv/packwatch/team && cp -r /opt/packwatch/packs/datamove /srv/packwatch/team/');
    put('/etc/packwatch/team.environment', `PACKWATCH_HTTP=127.0.0.1:${ports[1]}`);
    inside(
      'mkdir -p /etc/systemd/system/packwatch@.service.d && cd /etc/systemd/system && cp packwatch.service.d/database.conf packwatch@.service.d/',
    );
    inside('systemctl daemon-reload && systemctl start packwatch@team');
    equal(await ask('/api/v1/workflows/datamove.nightly', { port: ports[1] }), 200, 'its workflow');
    const headers = { authorization: `Bearer ${token}` };
    equal(
      await ask('/api/v1/workflows/datamove.nightly', { headers }),
      200,
      'its workflow at the other daemon',
    );
    inside('systemctl stop packwatch@team');
    equal(show('Result', 'packwatch@team'), 'success', 'how it stopped');
  });
  await step('stop', async () => {
    const atMs = performance.now();
    inside('systemctl stop packwatch');
    if (performance.now() - atMs > 10_000) throw new Error('it took over 10 s');
    equal(`${show('Result')} ${show('ExecMainStatus')}`, 'success 0', 'how it stopped');
    equal(inside('pgrep -c -u packwatch', { fails: true }), '0', 'processes that are left');
  });
  for (const [what, setting, code] of [
    ['a wrong setting', 'Environment=PACKWATCH_RESCAN_S=never', '78'],
    [
      'an unknown flag',
      'ExecStart=\nExecStart=/usr/bin/node /opt/packwatch/dist/main.js run --no-such-flag',
      '64',
    ],
  ]) {
    await step(`${what} is not tried again`, async () => {
      dropIn('wrong', `[Service]\n${setting}`);
      inside('systemctl daemon-reload; systemctl start packwatch', { fails: true });
      await sleep(500);
      equal(
        `${show('ActiveState')} ${show('ExecMainStatus')} ${show('NRestarts')}`,
        `failed ${code} 0`,
        'the unit',
      );
    });
  }
  await step('removal', () => {
    follow(remove);
    equal(show('LoadState'), 'not-found', 'the unit');
  });
}

let code = 0;
const reason = obstacle();
if (reason !== undefined) console.log(`SKIPPED: no systemd was booted here: ${reason}`);
else {
  const server = await startServer(join(place.base, 'pg'), 'system');
  const socketDir = server.connection.host;
  // Of the server's user alone; the service is another one.
  chmodSync(socketDir, 0o711);
  const ports = Object.assign([await freePort(), await freePort()], {
    database: `postgres://packwatch@localhost/postgres?host=/srv/database`,
  });
  let machine;
  try {
    machine = await boot([`${project}=/opt/packwatch`, `${socketDir}=/srv/database`]);
  } catch (error) {
    console.log(`SKIPPED: no systemd could be booted here: ${error.message}`);
  }
  try {
    if (machine) {
      await check(machine, ports);
      console.log(`systemd: ok in ${((performance.now() - begunMs) / 1000).toFixed(0)} s`);
    }
  } catch (error) {
    code = 1;
    console.error(error.message);
    console.error(
      machine.inside(
        'systemctl status packwatch --no-pager -l | tail -20; journalctl -o cat --no-pager | tail -30',
        { fails: true },
      ),
    );
  }
  await machine?.halt();
  await server.stop();
}
place.remove();
process.exit(code);
