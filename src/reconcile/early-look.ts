// A save is in one directory: it is looked at while what is registered of it is read. What its files link outside the usual directories
// is known from the rows alone, so that a look which was begun by older ones is made again.
import type { Judged, ObservedPack } from '../model/listing.ts';
import type { PackDir, PackPath, SourceName } from '../model/pack.ts';
import type { Disk } from './ports.ts';

/** By source and directory: the linked paths that the last look was told of; none that was told of none. */
export type ToldLinks = Map<string, readonly PackPath[]>;

export type Look = (
  dir: PackDir,
  extra: readonly PackPath[],
  judged: Judged | undefined,
) => Promise<ObservedPack>;

/** What is begun by itself knows no verdicts yet: what the last look did not see will be asked for. */
const nothingJudged: Judged = () => undefined;

export type EarlyLook = {
  /** The look that was begun, once, if it was begun for the same; else another. */
  readonly look: Look;
  /** Nothing of it is left under way, nor what it read in memory. */
  end(): Promise<void>;
};

export type EarlyLookOptions = {
  readonly disk: Disk;
  readonly source: SourceName;
  readonly told: ToldLinks;
  insists(dir: PackDir): boolean;
  /** A look that is thrown away saw files that are others than at the look before: the next one does not tell. */
  onChanged(dir: PackDir): void;
};

/** `early`: the directory to begin with, if there is only one. */
export function beginLook(options: EarlyLookOptions, early: PackDir | undefined): EarlyLook {
  const { disk, source, told, insists } = options;
  const keyOf = (dir: PackDir) => `${source}/${dir}`;
  const begin: Look = (dir, extra, judged) => {
    if (extra.length > 0) told.set(keyOf(dir), extra);
    else told.delete(keyOf(dir));
    return disk.observe(source, dir, extra, insists(dir), judged);
  };
  const extra = (early && told.get(keyOf(early))) ?? [];
  let begun = early && begin(early, extra, nothingJudged);
  // Whoever asks for it is told; nobody may.
  begun?.catch(() => undefined);
  const drop = async () => {
    const dropped = await begun?.catch(() => undefined);
    if (dropped && dropped.compared !== 'same') options.onChanged(dropped.dir);
    if (begun && early) disk.release(source, early);
    begun = undefined;
  };
  return {
    async look(dir, wanted, judged) {
      if (dir !== early || begun === undefined) return begin(dir, wanted, judged);
      if (!areAlike(wanted, extra)) {
        await drop();
        return begin(dir, wanted, judged);
      }
      const look = begun;
      begun = undefined;
      return look;
    },
    end: drop,
  };
}

function areAlike(one: readonly PackPath[], other: readonly PackPath[]): boolean {
  const known = new Set(one);
  return known.size === other.length && other.every((path) => known.has(path));
}
