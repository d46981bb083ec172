// The calls on the file system that listing and reading need: by the pool of threads, for the event loop; or at once, for a thread
// that nothing else waits for, where a call takes a few microseconds instead of a few dozen.
import {
  type BigIntStats,
  close,
  closeSync,
  type Dirent,
  fstat,
  fstatSync,
  lstatSync,
  open,
  openSync,
  read,
  readdirSync,
  readSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { promisify } from 'node:util';

type Soon<Value> = Value | Promise<Value>;

/** What fails throws or rejects with the system's error. */
export type FileAccess = {
  realpath(path: string): Soon<string>;
  /** Names as bytes. */
  readdir(path: string): Soon<Dirent<Buffer>[]>;
  lstat(path: string): Soon<BigIntStats>;
  stat(path: string): Soon<BigIntStats>;
  /** A descriptor, which the caller closes. */
  open(path: string, flags: number): Soon<number>;
  fstat(file: number): Soon<BigIntStats>;
  /** The number of bytes read into the buffer from `offset` on, which is the place in the file too. */
  read(file: number, buffer: Buffer, offset: number): Soon<number>;
  close(file: number): Soon<void>;
  /** As `lstat`, where no call is worth a promise; undefined: the other way says why. */
  lstatNow?(path: string): BigIntStats | undefined;
};

const openSoon = promisify(open);
const fstatSoon = promisify<number, { bigint: true }, BigIntStats>(fstat);
const readSoon = promisify(read);

export const pooled: FileAccess = {
  realpath: (path) => realpath(path),
  readdir: (path) => readdir(path, { withFileTypes: true, encoding: 'buffer' }),
  lstat: (path) => lstat(path, { bigint: true }),
  stat: (path) => stat(path, { bigint: true }),
  open: (path, flags) => openSoon(path, flags),
  fstat: (file) => fstatSoon(file, { bigint: true }),
  read: async (file, buffer, offset) =>
    (await readSoon(file, buffer, offset, buffer.length - offset, offset)).bytesRead,
  close: promisify(close),
};

/** Never on a thread with an event loop that others wait for: a file system may not answer. */
export const direct: FileAccess = {
  realpath: (path) => realpathSync.native(path),
  readdir: (path) => readdirSync(path, { withFileTypes: true, encoding: 'buffer' }),
  lstat: (path) => lstatSync(path, { bigint: true }),
  stat: (path) => statSync(path, { bigint: true }),
  open: openSync,
  fstat: (file) => fstatSync(file, { bigint: true }),
  read: (file, buffer, offset) => readSync(file, buffer, offset, buffer.length - offset, offset),
  close: closeSync,
  lstatNow(path) {
    try {
      return lstatSync(path, { bigint: true, throwIfNoEntry: false });
    } catch {
      return undefined;
    }
  },
};
