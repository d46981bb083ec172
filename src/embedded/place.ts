// Where the server lives and who runs it. In: the state directory. Out: a Place, directories made and checked.
// The state directory keeps its owner; only `postgres/` below it belongs to the account that runs the server.
import {
  chmod,
  type FileHandle,
  lchown,
  lstat,
  mkdir,
  open,
  readdir,
  realpath,
  rm,
  stat,
} from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { AppError, codeOf, messageOf } from '../model/errors.ts';
import { type Account, chooseAccount, findAccount, isReadableBy, type RunAs, runAsOf } from './account.ts';

/** Everything a start needs to know about its directories and its account. */
export type Place = {
  /** Real path of the state directory. */
  readonly stateDir: string;
  /** `<stateDir>/postgres`, 0700, owned by the account. */
  readonly homeDir: string;
  /** `<homeDir>/data`: exists only as a complete cluster. */
  readonly dataDir: string;
  readonly account: Account;
  /** Spawn options that make a child that account, with an environment of its own. */
  readonly runAs: RunAs;
  readonly isRoot: boolean;
  /** Whether the account may log in to the database: it owns the state directory, so it is the user's own. */
  readonly mayAccountEnter: boolean;
  /**
   * True when the account cannot reach `homeDir` by its path: a directory above it can be entered by root only.
   * The server then names its data by its working directory, which it was given before root's rights were dropped.
   */
  readonly isHidden: boolean;
};

/**
 * The data directory's name for a server whose account cannot reach it by path: a link that the kernel follows to the
 * working directory without looking at the directories above.
 */
export const hiddenName = '/proc/self/cwd';

/** Makes and checks the directories. Throws `embedded_unusable`. Never changes a directory it did not make. */
export async function preparePlace(requestedDir: string): Promise<Place> {
  const isRoot = process.geteuid?.() === 0;
  try {
    const stateDir = await makeStateDir(resolve(requestedDir), isRoot);
    const homeDir = join(stateDir, 'postgres');
    const account = await prepareHome(stateDir, homeDir, isRoot);
    const runAs = runAsOf(account, isRoot);
    const isHidden = isRoot && !(await isReadableBy(runAs, [homeDir]));
    if (isHidden) await requireWorkingDirLink(homeDir, account);
    const mayAccountEnter = (await stat(stateDir)).uid === account.uid;
    const dataDir = join(homeDir, 'data');
    return { stateDir, homeDir, dataDir, account, runAs, isRoot, mayAccountEnter, isHidden };
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw unusable(requestedDir, reasonOf(error), error);
  }
}

/**
 * Opens a new file in the state directory, mode 0600, in place of one of that name. `flags` must be exclusive: root may
 * write in a user's directory here, where a name could have been made to lead elsewhere.
 */
export async function openStateFile(place: Place, name: string, flags: string | number): Promise<FileHandle> {
  const path = join(place.stateDir, name);
  await rm(path, { force: true });
  const handle = await open(path, flags, 0o600);
  if (place.isRoot) {
    // The owner, started without root's rights the next time, has to replace it.
    const owner = await stat(place.stateDir);
    await handle.chown(owner.uid, owner.gid);
  }
  return handle;
}

/** An `embedded_unusable` that says what to do. */
export function unusable(path: string, reason: string, cause?: unknown): AppError {
  return new AppError(
    'embedded_unusable',
    `the embedded database cannot use ${path}: ${reason}. Choose another directory with PACKWATCH_STATE_DIR, or set DATABASE_URL to use a Postgres of your own`,
    { retryable: false, cause },
  );
}

/** A system error in words a stranger understands. */
export function reasonOf(error: unknown): string {
  switch (codeOf(error)) {
    case 'EACCES':
    case 'EPERM':
      return 'permission denied';
    case 'EROFS':
      return 'the file system is read-only';
    case 'ENOTDIR':
    case 'EEXIST':
      return 'it, or something above it, is not a directory';
    case 'ENOSPC':
    case 'EDQUOT':
      return 'no space is left';
    default:
      return messageOf(error);
  }
}

async function makeStateDir(path: string, isRoot: boolean): Promise<string> {
  const made = await mkdir(path, { recursive: true, mode: 0o700 }).catch(async (error: unknown) => {
    // A read-only file system is told as a missing directory; making the last part alone tells the truth.
    if (codeOf(error) === 'ENOENT') await mkdir(path);
    throw error;
  });
  if (made !== undefined && isRoot) {
    // Made by root inside somebody's project: it is that user's, who could replace it anyway and will run this
    // program without root's rights the next time.
    const { uid, gid } = await stat(dirname(made));
    for (let dir = path; uid !== 0 && dir.length >= made.length; dir = dirname(dir))
      await lchown(dir, uid, gid);
  }
  const real = await realpath(path);
  const info = await stat(real);
  if (!info.isDirectory()) throw unusable(path, 'it is not a directory');
  if (!isRoot && info.uid !== process.geteuid?.()) {
    throw unusable(path, `it belongs to another user (uid ${info.uid})`);
  }
  if ((info.mode & 0o002) !== 0) throw unusable(path, 'everybody may write to it (chmod o-w)');
  return real;
}

async function prepareHome(stateDir: string, homeDir: string, isRoot: boolean): Promise<Account> {
  await mkdir(homeDir, { mode: 0o700 }).catch((error: unknown) => {
    if (codeOf(error) !== 'EEXIST') throw error;
  });
  const info = await lstat(homeDir);
  if (!info.isDirectory()) throw unusable(homeDir, 'it is not a directory');
  if (!isRoot) {
    const uid = process.geteuid?.() ?? info.uid;
    if (info.uid !== uid) {
      throw unusable(homeDir, `it belongs to another user (uid ${info.uid}), who ran Packwatch here before`);
    }
    if ((info.mode & 0o077) !== 0) await chmod(homeDir, 0o700);
    return { name: ownName(homeDir), uid, gid: info.gid };
  }
  if (info.uid === 0) {
    // Owned by root: just made, or a start that was killed before it gave the directory away.
    if ((await readdir(homeDir)).length > 0) {
      throw unusable(homeDir, 'it belongs to root, and the server never runs as root');
    }
    const account = await chooseAccount((await stat(stateDir)).uid);
    if (account === undefined) {
      throw unusable(homeDir, 'this system has no unprivileged user (postgres, nobody) to run the server as');
    }
    await lchown(homeDir, account.uid, account.gid);
    return account;
  }
  const account = await findAccount(info.uid);
  if (account === undefined) throw unusable(homeDir, `its owner (uid ${info.uid}) is no user of this system`);
  return account;
}

// initdb asks for the name of whoever runs it and gives up without one.
function ownName(homeDir: string): string {
  try {
    return userInfo().username;
  } catch (error) {
    throw unusable(
      homeDir,
      `the user id ${process.geteuid?.() ?? '?'} has no name on this system (no entry in /etc/passwd), which PostgreSQL needs`,
      error,
    );
  }
}

async function requireWorkingDirLink(homeDir: string, account: Account): Promise<void> {
  const found = await stat(hiddenName).catch(() => undefined);
  if (found !== undefined) return;
  throw unusable(
    homeDir,
    `the server runs as the user ${account.name}, never as root, and that user cannot enter a directory above it`,
  );
}
