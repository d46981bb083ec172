// Listing and reading, by whatever costs least: a few files through the pool of threads, much at once on a thread of its own.
import type { Digest, FileRole, PackDir, PackPath, Root, SourceName } from '../model/pack.ts';
import type { Bulk } from './bulk.ts';
import type { GlanceJob, ReadAnswer } from './bulk-worker.ts';
import { type Listed, largePack, type Shown, unlessKnown } from './fingerprints.ts';
import { type FileStats, readListed } from './read.ts';
import type { RootAccess, RootAccesses } from './root-access.ts';
import { scanPack } from './scan.ts';

export type Disk = {
  /** Much will be looked at: true of all that is begun before the first of it has ended. */
  expectMuch(): void;
  /** `known`: what a listing showed that need not come back. `files`: how many there may be. */
  list(root: Root, dir: PackDir, extra: readonly PackPath[], known?: Shown, files?: number): Promise<Listed>;
  /** For each pack whether it is as it was, at little cost; undefined where nobody can tell. Worth it for many files alone. */
  glance(root: Root, packs: GlanceJob['packs']): Promise<readonly boolean[] | undefined>;
  /**
   * Each result is handed over as it comes, with the place of its file, so that no more bytes are held than are wanted. `checks`:
   * asked before each part; true: what is read on a thread is checked there, too.
   */
  read(
    source: SourceName,
    files: readonly Readable[],
    take: (at: number, result: ReadAnswer[number]) => void,
    checks: () => boolean,
  ): Promise<void>;
};

/** `known`: the digest of bytes that need not come. */
type Readable = {
  readonly role: FileRole;
  readonly realPath: string;
  readonly stats: FileStats;
  readonly known: Digest | undefined;
};

export type DiskOptions = {
  readonly bulk: Bulk;
  readonly accesses: RootAccesses;
  /** Bounds the reads that go through the pool. */
  readonly queue: { add<Result>(work: () => Promise<Result>): Promise<Result> };
  /** Bytes; larger files are refused unread. */
  readonly maxFileBytes: number;
  /** Warnings count as errors. */
  readonly strict: boolean;
  /** Nothing is registered. @default false */
  readonly isOutline?: boolean;
};

/** Packs looked at together from which on more may be expected: an edit touches one or two. */
const manyPacks = 3;
/** Milliseconds for which more may be expected after that: what was read is checked before the next pack is looked at. */
const muchMs = 250;
/** Files of one pack that are worth a message to a thread and back. */
export const manyFiles = 64;
/** What is read together at most; the last file may go beyond the bytes. */
const readPart = { files: 256, bytes: 4 * 1024 * 1024 };
/** The same where it is checked, too: others wait for the thread meanwhile. */
const checkedPart = { files: 64, bytes: 256 * 1024 };

export function createDisk({
  bulk,
  queue,
  accesses,
  maxFileBytes,
  strict,
  isOutline = false,
}: DiskOptions): Disk {
  const options = { strict, isOutline };
  let underWay = 0;
  let lastMuchMs = Number.NEGATIVE_INFINITY;
  let isExpected = false;

  const isMuch = () => {
    const nowMs = performance.now();
    if (isExpected || underWay >= manyPacks) lastMuchMs = nowMs;
    return nowMs - lastMuchMs < muchMs;
  };
  const counted = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    underWay += 1;
    try {
      if (isMuch()) bulk.prepare();
      return await work();
    } finally {
      underWay -= 1;
      isExpected = false;
    }
  };

  /** What was not done there may be the fault of the disk: before many calls of ours wait for it, too, one asks whether it answers. */
  const onThread = async <Answer>(access: RootAccess, job: () => Promise<Answer | undefined>) => {
    if (access.isSilent()) return undefined;
    const answer = await job();
    // Where it does not, the calls that come say so.
    if (answer === undefined) await access.ask().catch(() => undefined);
    return answer;
  };

  return {
    expectMuch() {
      isExpected = true;
      bulk.prepare();
    },
    list: (root, dir, extra, known, files = 0) =>
      counted(async () => {
        const access = accesses.of(root.source);
        const isWorthIt = isMuch() || files >= largePack;
        const there = isWorthIt && (await onThread(access, () => bulk.list({ root, dir, extra, known })));
        return there || unlessKnown(await scanPack(access, root, dir, extra), known);
      }),
    glance(root, packs) {
      bulk.prepare(1);
      return onThread(accesses.of(root.source), () => bulk.glance({ root, packs }));
    },
    read: (source, files, take, checks) =>
      counted(async () => {
        const access = accesses.of(source);
        let at = 0;
        for (const part of partsOf(files, checks)) {
          const paths = part.map((file) => file.realPath);
          const known = part.map((file) => file.known);
          const roles = checks() ? part.map((file) => file.role) : undefined;
          const isWorthIt = isMuch() || files.length >= manyFiles;
          const job = { paths, known, maxFileBytes, roles, options };
          const there = isWorthIt && (await onThread(access, () => bulk.read(job)));
          const first = at;
          at += part.length;
          if (there) for (const [index, result] of there.entries()) take(first + index, result);
          else
            await Promise.all(
              paths.map(async (path, index) =>
                take(first + index, await queue.add(() => readListed(access, path, maxFileBytes))),
              ),
            );
        }
      }),
  };
}

/** Runs of files that are read together. */
function* partsOf(files: readonly Readable[], checks: () => boolean): Generator<readonly Readable[]> {
  let part: Readable[] = [];
  let bytes = 0;
  for (const file of files) {
    part.push(file);
    bytes += Number(file.stats.size);
    const most = checks() ? checkedPart : readPart;
    if (part.length < most.files && bytes < most.bytes) continue;
    yield part;
    part = [];
    bytes = 0;
  }
  if (part.length > 0) yield part;
}
