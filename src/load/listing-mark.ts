// What tells one listing of a pack from another without opening a file: of each file its name, which inode it is, how long it is, and
// when it was written. The quick look and the whole listing make the same mark of the same files.
import { createHash } from 'node:crypto';
import { type FileStats, fingerprintOf } from './read.ts';

/**
 * As `lstat` tells them without bigints: times to a quarter of a microsecond. A file whose time is less than two seconds older than
 * the look at it is not believed anyway, so what comes later is further off than that.
 */
export type RoundStats = {
  readonly dev: number;
  readonly ino: number;
  readonly size: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
};

/** Files are told in the order of a listing. */
export type ListingMark = {
  /** False: a number is too large to be told exactly, as inodes of some file systems are. */
  round(path: string, stats: RoundStats): boolean;
  exact(path: string, stats: FileStats): void;
  refused(path: string, code: string): void;
  /** Of the files since the last end, and of what else there is to say. */
  end(more: string): string;
};

const numbersOfFile = 5;

export function createListingMark(): ListingMark {
  let texts = '';
  let numbers = new Float64Array(64 * numbersOfFile);
  let length = 0;

  const round = (path: string, { dev, ino, size, mtimeMs, ctimeMs }: RoundStats) => {
    if (!Number.isSafeInteger(ino) || !Number.isSafeInteger(dev)) return false;
    if (length === numbers.length) {
      const wider = new Float64Array(2 * length);
      wider.set(numbers);
      numbers = wider;
    }
    texts += `${path}\0`;
    numbers[length] = dev;
    numbers[length + 1] = ino;
    numbers[length + 2] = size;
    numbers[length + 3] = mtimeMs;
    numbers[length + 4] = ctimeMs;
    length += numbersOfFile;
    return true;
  };

  return {
    round,
    exact(path, stats) {
      const { dev, ino, size, mtimeNs, ctimeNs } = stats;
      const [mtimeMs, ctimeMs] = [msOf(mtimeNs), msOf(ctimeNs)];
      const isTold = round(path, {
        dev: Number(dev),
        ino: Number(ino),
        size: Number(size),
        mtimeMs,
        ctimeMs,
      });
      if (!isTold) texts += `${path}\0${fingerprintOf(stats)}\0`;
    },
    refused(path, code) {
      texts += `${path}\0${code}\0`;
    },
    end(more) {
      const hash = createHash('sha256').update(`${more} ${length}\n${texts}`);
      const mark = hash.update(new Uint8Array(numbers.buffer, 0, length * numbers.BYTES_PER_ELEMENT));
      texts = '';
      length = 0;
      return mark.digest('hex');
    },
  };
}

const secondNs = 1_000_000_000n;

/** As Node makes them of seconds and nanoseconds. */
function msOf(ns: bigint): number {
  return Number(ns / secondNs) * 1e3 + Number(ns % secondNs) / 1e6;
}
