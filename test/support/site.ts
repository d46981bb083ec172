// A place of its own for a test: a root, a database, and the processes started there; all of it goes when the test does.
import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Daemon, type Finished, type ProcessOptions, runCommand, startDaemon } from './daemon.ts';
import { createTestDatabase, type TestDatabase } from './postgres.ts';

/**
 * `PACKWATCH_TEST_EVENTS=off`: every daemon of a site gets no events, whatever the test asks for, and finds changes by its
 * rescans alone. What is about events itself has nothing to test then.
 */
export const hasEvents = process.env['PACKWATCH_TEST_EVENTS'] !== 'off';

export type Rows = readonly Record<string, unknown>[];

export type Site = {
  readonly dir: string;
  /** The one root, source `root:packs`. */
  readonly root: string;
  /** Beside the root, on the same file system; nothing in it is watched. */
  readonly outside: string;
  /** Throws where the site was made without one. */
  readonly database: () => TestDatabase;
  rows(statement: string, parameters?: readonly (string | number | boolean | null)[]): Promise<Rows>;
  /** Below the root. */
  at(path: string): string;
  /** Writes outside and renames over, as editors do; makes the directories. */
  save(path: string, content: string | Uint8Array): Promise<void>;
  saveAll(files: Readonly<Record<string, string>>): Promise<void>;
  move(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** A command that ends; the site's root and database unless told otherwise. */
  run(args: readonly string[], options?: StartOptions): Promise<Finished>;
  /** `run` on a free port. */
  daemon(args?: readonly string[], options?: StartOptions): Daemon;
  /** Ends every daemon by force and removes everything. */
  close(): Promise<void>;
};

export type StartOptions = Pick<ProcessOptions, 'nodeArgs' | 'program' | 'through'> & {
  readonly env?: Readonly<Record<string, string>>;
  /** @default 'run' */
  readonly command?: 'run' | 'dev' | 'sync';
};

export type SiteOptions = {
  /** `none`: no DATABASE_URL is set. @default 'migrated' */
  readonly database?: 'migrated' | 'empty' | 'none';
};

/**
 * `atEnd` is how the runner is told to clean up: `onTestFinished` or `afterAll`. It is called before anything is started,
 * so a test that fails half-way leaves nothing behind.
 */
export async function createSite(
  atEnd: (act: () => Promise<void>) => void,
  options: SiteOptions = {},
): Promise<Site> {
  const dir = await mkdtemp(join(tmpdir(), 'pw-e2e-'));
  // An embedded server of root's runs as another user and has to pass.
  await chmod(dir, 0o755);
  const daemons: Daemon[] = [];
  let database: TestDatabase | undefined;
  const close = async () => {
    for (const daemon of daemons) daemon.kill('SIGKILL');
    await Promise.all(daemons.map((daemon) => daemon.exited));
    await database?.drop();
    // A server that lost its daemon goes on writing for a moment.
    await rm(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  };
  atEnd(close);
  const root = join(dir, 'packs');
  const outside = join(dir, 'outside');
  await mkdir(root);
  await mkdir(outside);
  if (options.database !== 'none')
    database = await createTestDatabase({ template: options.database ?? 'migrated' });
  const environment = (given: StartOptions = {}) => ({
    PACKWATCH_ROOTS: root,
    PACKWATCH_STATE_DIR: join(dir, 'state'),
    ...(database ? { DATABASE_URL: database.url } : {}),
    ...given.env,
  });
  const needed = () => {
    if (!database) throw new Error('this site has no database');
    return database;
  };
  const files = fileVerbs(root, outside);
  return {
    dir,
    root,
    outside,
    ...files,
    database: needed,
    rows: (statement, parameters) => needed().query(statement, parameters),
    run: (args, given = {}) =>
      runCommand({ args, cwd: dir, env: environment(given), program: given.program }),
    daemon(args = [], given = {}) {
      const watched = hasEvents ? args : withoutEvents(args);
      const all = [given.command ?? 'run', '--http', '127.0.0.1:0', ...watched];
      const daemon = startDaemon({
        ...{ args: all, cwd: dir, env: environment(given) },
        ...{ nodeArgs: given.nodeArgs, program: given.program, through: given.through },
      });
      daemons.push(daemon);
      return daemon;
    },
    close,
  };
}

/** A test that wants none anyhow has thought of its rescans too. */
function withoutEvents(args: readonly string[]): readonly string[] {
  if (args.includes('off')) return args;
  const others = args.filter(
    (arg, at) => ![arg, args[at - 1]].some((one) => one === '--watch' || one === '--rescan-s'),
  );
  return [...others, '--watch', 'off', '--rescan-s', '1'];
}

function fileVerbs(root: string, outside: string): Pick<Site, 'at' | 'save' | 'saveAll' | 'move' | 'remove'> {
  let count = 0;
  const at = (path: string) => join(root, path);
  const save = async (path: string, content: string | Uint8Array) => {
    count += 1;
    const temporary = join(outside, `t${count}`);
    await writeFile(temporary, content);
    await mkdir(dirname(at(path)), { recursive: true });
    await rename(temporary, at(path));
  };
  return {
    at,
    save,
    async saveAll(contents) {
      for (const [path, content] of Object.entries(contents)) await save(path, content);
    },
    async move(from, to) {
      await mkdir(dirname(at(to)), { recursive: true });
      await rename(at(from), at(to));
    },
    remove: (path) => rm(at(path), { recursive: true }),
  };
}
