// What a container engine would do with a Dockerfile, in directories and namespaces: build an image, run it, run something inside.
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { contextOf, readCopy, readDockerfile, stagesOf } from './dockerfile.mjs';
import { project, until } from './harness.mjs';

const read = (name) => readFileSync(join(project, name), 'utf8');
export const namespaces = ['--mount', '--pid', '--fork', '--kill-child', '--uts', '--ipc'];

/** `base` is a directory to work in, `node` the Node of the image, `need(holds, problem)` is told what has to hold. */
export function createEngine({ base, node, need }) {
  /** What each container has printed. */
  const printed = [];
  const ownedBy1000 = (dir) => {
    spawnSync('chown', ['-R', '1000:1000', dir]);
    return dir;
  };
  const newDir = (name) => {
    const dir = mkdtempSync(join(base, `${name}-`));
    chmodSync(dir, 0o755);
    return dir;
  };
  const nodeBind = node === undefined ? [] : [`${node}=/usr/local/bin/node:ro`];

  /** Arguments of `unshare` for a command in a container. `net`: a network of its own, with nothing but loopback. */
  function containerArgs({ app, mode, binds = [], net = false, command }) {
    const script = join(project, 'test/long/container.sh');
    const all = [`${app}=/app${mode === 'ro' ? ':ro' : ''}`, ...nodeBind, ...binds];
    return [
      ...namespaces,
      ...(net ? ['--net'] : []),
      'bash',
      script,
      newDir('layer'),
      mode,
      ...all,
      '--',
      ...command,
    ];
  }

  /** The stages as directories: copies, and exec-form RUN steps as process 1. Returns the last one's instructions and directory. */
  function build(built) {
    const context = newDir('context');
    const files = contextOf(project, read('.dockerignore'));
    const stray = files.filter(
      (file) => !/^(src|sql)\/|^(package(-lock)?\.json|\.npmrc|tsconfig(\.build)?\.json|LICENSE)$/.test(file),
    );
    need(stray.length === 0, `.dockerignore: ${stray.slice(0, 5).join(', ')} would be sent`);
    for (const file of files) {
      cpSync(join(project, file), join(context, file));
      // As in a checkout of somebody who lets nobody in.
      chmodSync(join(context, file), 0o600);
    }
    const dirs = new Map();
    let last;
    for (const stage of stagesOf(readDockerfile(read('Dockerfile'))).values()) {
      const app = built ?? newDir(`stage-${stage.name}`);
      dirs.set(stage.name, app);
      last = { ...stage, app };
      if (built !== undefined) continue;
      for (const { word, rest } of stage.steps) {
        if (word === 'COPY') copy(rest, { app, context, dirs });
        if (word === 'RUN' && !run(JSON.parse(rest), app)) return undefined;
      }
    }
    return last;
  }

  function copy(rest, { app, context, dirs }) {
    const { from, to, names } = readCopy(rest);
    for (const name of names) {
      const own = name.replace(/^\/app\//, '');
      const source = join(from === undefined ? context : dirs.get(from), own);
      if (!existsSync(source)) {
        need(false, `Dockerfile: COPY of ${name}, which is not there`);
        continue;
      }
      cpSync(source, to.endsWith('/') ? join(app, to, own) : join(app, to), {
        recursive: true,
        verbatimSymlinks: true,
      });
    }
  }

  function run(command, app) {
    ownedBy1000(app);
    const args = containerArgs({ app, mode: 'rw', command: ['env', 'HOME=/tmp', ...command] });
    const { status, stdout, stderr } = spawnSync('unshare', args, { encoding: 'utf8' });
    need(status === 0, `Dockerfile: ${command.join(' ')} ended with ${status}\n${stdout}${stderr}`);
    return status === 0;
  }

  /** A container that goes on; `inside` runs something beside its process 1, as `docker exec` does. */
  async function start({ image, env, binds, command, net, join: other }) {
    const set = Object.entries({ PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/home', ...env }).map(
      ([name, value]) => `${name}=${value}`,
    );
    const args = containerArgs({
      app: image.app,
      mode: 'ro',
      net,
      binds,
      command: ['env', '-i', ...set, ...command],
    });
    const through = other === undefined ? [] : ['nsenter', '-t', other.first, '-n'];
    const [program, ...rest] = [...through, 'unshare', ...args];
    const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
    process.on('exit', () => child.kill('SIGKILL'));
    let out = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (out += text));
    const exited = new Promise((resolve) => child.once('exit', (code) => resolve(code)));
    printed.push(() => `${command.join(' ')}\n${out.slice(-2000)}`);
    const first = await until('process 1', () => {
      const [pid] = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').split(' ');
      return pid || undefined;
    });
    const inside = (words, timeout = 5_000) =>
      spawnSync(
        'nsenter',
        [
          '-t',
          first,
          '-m',
          '-p',
          '-n',
          '--setuid=1000',
          '--setgid=1000',
          '--wd',
          'env',
          '-i',
          ...set,
          ...words,
        ],
        { encoding: 'utf8', timeout },
      );
    return {
      ...{ child, first, inside, out: () => out, exited },
      async stop() {
        const atMs = performance.now();
        process.kill(Number(first), 'SIGTERM');
        return { code: await exited, tookMs: performance.now() - atMs };
      },
    };
  }

  return { build, start, printed };
}
