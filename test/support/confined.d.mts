// Types of confined.mjs, for tests in TypeScript.

export type Through = readonly string[];

/** File modes hold for the daemon: always so for an ordinary user, and for root without its right to ignore them. */
export const heldByModes: Through | undefined;

/** A mount namespace of its own; see `mountFor`. */
export const inOwnMounts: Through | undefined;

/** A user namespace of its own, in which these limits of `/proc/sys/user` hold. */
export function limitedTo(limits: Readonly<Record<string, number>>): Through | undefined;

/** A host name of its own: for whoever shares a lease with it, it is a daemon of another machine. */
export function onHost(name: string): Through | undefined;

/** Runs a command in the mount namespace of a daemon started `inOwnMounts`; throws with what it says. */
export function mountFor(pid: number, ...command: readonly string[]): void;

/** A URL by which whoever cannot enter the directory of the server's socket reaches a database. */
export function openDoor(
  connection: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly database: string;
  },
  atEnd: (act: () => Promise<void>) => unknown,
): Promise<string>;
