// The unprivileged account that runs the server. In: ids. Out: an Account, spawn options, what it can read.
import { execFile, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';

const plainEnv = { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', TZ: 'UTC' };

/** A user of this system. */
export type Account = {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
};

/** Options for `spawn`; the uid and gid are set only when they differ from ours. Supplementary groups are dropped. */
export type RunAs = {
  readonly uid?: number;
  readonly gid?: number;
  readonly env: Readonly<Record<string, string>>;
};

/** The spawn options of an account. Nothing of our own environment, which may hold secrets, reaches the server. */
export function runAsOf(account: Account, isRoot: boolean): RunAs {
  return isRoot ? { uid: account.uid, gid: account.gid, env: plainEnv } : { env: plainEnv };
}

/**
 * The account for a state directory without a cluster, when root starts it: the directory's owner unless that is
 * root (the files then stay theirs); else `postgres`, which exists for this and nothing else; else `nobody`.
 * An id without a name will not do, because initdb looks its own name up. The last two other programs may run as too,
 * so they may not log in to the database (`Place.mayAccountEnter`); the state directory above their files stays root's.
 */
export async function chooseAccount(ownerUid: number): Promise<Account | undefined> {
  const owner = ownerUid === 0 ? undefined : await findAccount(ownerUid);
  return owner ?? (await findAccount('postgres')) ?? (await findAccount('nobody'));
}

/** Looks an account up by id or name; undefined when there is none, or when it is root. */
export async function findAccount(key: number | string): Promise<Account | undefined> {
  const local = parseAccount(await readFile('/etc/passwd', 'utf8').catch(() => ''), key);
  // Directory services (LDAP and the like) are not in the file; where `getent` is missing there are none to ask.
  const account = local ?? parseAccount(await output('getent', ['passwd', String(key)]), key);
  return account?.uid === 0 ? undefined : account;
}

function parseAccount(text: string, key: number | string): Account | undefined {
  for (const line of text.split('\n')) {
    const [name, , uidText, gidText] = line.split(':');
    const uid = Number.parseInt(uidText ?? '', 10);
    const gid = Number.parseInt(gidText ?? '', 10);
    if (name === undefined || Number.isNaN(uid) || Number.isNaN(gid)) continue;
    if (name === key || uid === key) {
      return { name, uid, gid };
    }
  }
  return undefined;
}

/** Whether an account can read every one of the absolute paths (and enter those that are directories). */
export function isReadableBy(runAs: RunAs, paths: readonly string[]): Promise<boolean> {
  // Asked of the kernel as that account: modes alone do not tell of ACLs, mounts and directories above.
  const test = 'for f do [ -r "$f" ] || exit 1; if [ -d "$f" ]; then [ -x "$f" ] || exit 1; fi; done';
  return new Promise((resolve) => {
    const child = spawn('/bin/sh', ['-c', test, 'sh', ...paths], { ...runAs, cwd: '/', stdio: 'ignore' });
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
}

/** Standard output of a program, empty when it fails or is missing. */
export function output(
  command: string,
  args: readonly string[],
  options: RunAs & { readonly cwd?: string } = { env: plainEnv },
): Promise<string> {
  return new Promise((resolve) => {
    execFile(command, [...args], { cwd: '/', ...options, timeout: 5_000 }, (error, stdout) =>
      resolve(error === null ? stdout : ''),
    );
  });
}
