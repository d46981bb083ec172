// A directory in which something happened is looked at while it settles, and what is registered of it is read: a pass that comes for it
// alone finds both. Nothing rests on that look alone. It is seen once more, by a listing and by reading again what was written a moment
// before, while the plan is made; so the files lay there together between the two. What somebody else wrote since the rows were read
// the apply refuses, as always.
//
// A look: expected (an event came) → begun (quiet for a moment) → taken by a pass; or dropped, for a later event or as nobody comes.
import type { ObservedPack } from '../model/listing.ts';
import type { PackDir, PackPath, SourceName } from '../model/pack.ts';
import type { RegisteredSource } from '../model/state.ts';
import type { Disk, Registry } from './ports.ts';

/** By source and directory: the linked paths that the last look was told of; none that was told of none. */
export type ToldLinks = Map<string, readonly PackPath[]>;

export type Ahead = {
  /** An event came. Where few other directories have any, this one is looked at as soon as none came for a moment. */
  expect(source: SourceName, dir: PackDir): void;
  /** A pass over the source begins; the answer is called when it is over. */
  passing(source: SourceName): () => void;
  /** What was begun for a directory, once, by the pass that began last; undefined: nothing was. */
  take(source: SourceName, dir: PackDir): Begun | undefined;
  /** Nothing is begun any more. Resolves when all that was is over. */
  close(): Promise<void>;
};

export type Begun = {
  /** The linked paths that the look was told of. */
  readonly extra: readonly PackPath[];
  /** Undefined: it was not made, or saw something that does not stand still. */
  readonly look: Promise<ObservedPack | undefined>;
  /** Undefined: it was not read, or another pass may have written since. Rejects as for who reads: the pass ends, and is tried again. */
  readonly reading: Promise<RegisteredSource | undefined>;
  /** True: all that the look saw is seen again. */
  isAsSeen(observed: ObservedPack): Promise<boolean>;
  /** Nobody makes use of it. */
  drop(): void;
};

export type AheadOptions = {
  readonly disk: Pick<Disk, 'observe' | 'release'> & {
    /** Resolves when what a look at the directory needs is there; false: it is not known. */
    expect(source: SourceName, dir: PackDir): Promise<boolean>;
    isAsSeen(observed: ObservedPack): Promise<boolean>;
    /** Nobody will make use of a look: what it saw is news for the next one. */
    unseen(observed: ObservedPack): void;
  };
  readonly registry: Pick<Registry, 'readSource'>;
  readonly told: ToldLinks;
  /** Milliseconds without an event before a look: what a tool does to save one file is over by then. @default 12 */
  readonly quietMs?: number;
  /** Milliseconds after which nobody will come for it. @default 2 000 */
  readonly keepMs?: number;
};

/** Directories at a time: where more is written, looks ahead would be in the way of those that count. */
const most = 2;

type Entry = {
  readonly extra: readonly PackPath[];
  timer: NodeJS.Timeout;
  look: Promise<ObservedPack | undefined>;
  reading: Promise<RegisteredSource | undefined>;
  /** How many passes had begun when it was read. */
  passes: number;
};

/** Passes over one source. */
type Passes = { begun: number; running: number };

const none = Promise.resolve(undefined);

export function createAhead(options: AheadOptions): Ahead {
  const { disk, registry, told, quietMs = 12, keepMs = 2_000 } = options;
  const entries = new Map<string, Entry>();
  const passes = new Map<SourceName, Passes>();
  let isClosed = false;

  const passesOf = (source: SourceName): Passes => {
    const known = passes.get(source) ?? { begun: 0, running: 0 };
    passes.set(source, known);
    return known;
  };

  const drop = async ({ timer, look }: Entry): Promise<undefined> => {
    clearTimeout(timer);
    const observed = await look;
    if (observed === undefined) return;
    disk.unseen(observed);
    disk.release(observed.source, observed.dir);
  };

  /** What stands still and is all there; else the pass looks for itself. */
  const look = async (source: SourceName, dir: PackDir, extra: readonly PackPath[]) => {
    if (!(await disk.expect(source, dir))) return undefined;
    const observed = await disk.observe(source, dir, extra, false, () => undefined);
    if (observed.settled && observed.complete && observed.state === 'pack') return observed;
    disk.unseen(observed);
    return undefined;
  };

  return {
    expect(source, dir) {
      const key = `${source}/${dir}`;
      const before = entries.get(key);
      if (isClosed || (before === undefined && entries.size >= most)) return;
      // One look at a directory at a time.
      const ended = before ? drop(before) : none;
      const extra = told.get(key) ?? [];
      const begin = () => {
        entry.look = ended.then(() => look(source, dir, extra)).catch(() => undefined);
        const { begun, running } = passesOf(source);
        entry.passes = begun;
        // Rows that a pass is about to write are read when it is over: they could agree with a file that was just put back.
        if (running === 0) entry.reading = registry.readSource(source, [dir]);
        // Whoever takes it is told; nobody may.
        entry.reading.catch(() => undefined);
        entry.timer = setTimeout(() => {
          if (entries.get(key) === entry) entries.delete(key);
          void drop(entry);
        }, keepMs).unref();
      };
      const timer = setTimeout(begin, quietMs).unref();
      const entry: Entry = { extra, timer, look: ended, reading: none, passes: 0 };
      entries.set(key, entry);
    },
    passing(source) {
      const known = passesOf(source);
      known.begun += 1;
      known.running += 1;
      return () => {
        known.running -= 1;
      };
    },
    take(source, dir) {
      const key = `${source}/${dir}`;
      const entry = entries.get(key);
      entries.delete(key);
      if (entry === undefined) return undefined;
      clearTimeout(entry.timer);
      const { extra, look } = entry;
      const isLast = passesOf(source).begun === entry.passes + 1;
      return {
        extra,
        look,
        reading: isLast ? entry.reading : none,
        isAsSeen: disk.isAsSeen,
        drop: () => void drop(entry),
      };
    },
    async close() {
      isClosed = true;
      const dropped = [...entries.values()].map(drop);
      entries.clear();
      await Promise.all(dropped);
    },
  };
}
