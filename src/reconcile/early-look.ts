// A save is in one directory: it was looked at ahead, or is while what is registered of it is read. What its files link outside the
// usual directories is known from the rows alone, so that a look which was begun by older ones is made again.
import type { Judged, ObservedPack } from '../model/listing.ts';
import type { PackDir, PackPath, SourceName } from '../model/pack.ts';
import type { Begun, ToldLinks } from './ahead.ts';
import type { Disk } from './ports.ts';

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
  /** Whether a pack is still as it was observed: what was seen ahead is seen again from the first moment of the pass. */
  stands(observed: ObservedPack): Promise<boolean>;
  /**
   * Resolves when it is known whether what was seen ahead was seen again. False: not, so whatever was found about it, that there is
   * nothing to do too, has to be found anew.
   */
  isSeenAgain(): Promise<boolean>;
  /** Nothing of it is left under way, nor what it read in memory. */
  end(): Promise<void>;
};

export type EarlyLookOptions = {
  readonly disk: Disk;
  readonly source: SourceName;
  readonly told: ToldLinks;
  insists(dir: PackDir): boolean;
  /** Counts what is not done by the disk as it was given. */
  timed<Result>(work: () => Result): Result;
  /** A look that is thrown away saw files that are others than at the look before: the next one does not tell. */
  onChanged(dir: PackDir): void;
};

/** `early`: the directory to begin with, if there is only one. `ahead`: what was begun for it before. */
export function beginLook(options: EarlyLookOptions, early: PackDir | undefined, ahead?: Begun): EarlyLook {
  const { disk, source, told, timed, insists } = options;
  const keyOf = (dir: PackDir) => `${source}/${dir}`;
  const begin: Look = (dir, extra, judged) => {
    if (extra.length > 0) told.set(keyOf(dir), extra);
    else told.delete(keyOf(dir));
    return disk.observe(source, dir, extra, insists(dir), judged);
  };
  const extra = ahead?.extra ?? (early && told.get(keyOf(early))) ?? [];
  const proofs = new WeakMap<ObservedPack, Promise<boolean>>();
  let proof: Promise<boolean> | undefined;
  const takeAhead = async (dir: PackDir, { look, isAsSeen }: Begun) => {
    const seen = await look;
    if (seen === undefined) return begin(dir, extra, nothingJudged);
    proof = timed(() => isAsSeen(seen));
    // Whoever asks for it is told; nobody may.
    proof.catch(() => undefined);
    proofs.set(seen, proof);
    return seen;
  };
  let begun = early && (ahead ? takeAhead(early, ahead) : begin(early, extra, nothingJudged));
  // Whoever asks for it is told; nobody may.
  begun?.catch(() => undefined);
  const drop = async () => {
    const dropped = await begun?.catch(() => undefined);
    if (dropped) proof = undefined;
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
    async stands(observed) {
      const first = proofs.get(observed);
      // Who asks once more wants to know of a later moment.
      proofs.delete(observed);
      return first ?? disk.stands(observed);
    },
    isSeenAgain: async () => proof ?? true,
    async end() {
      await drop();
      await proof?.catch(() => undefined); // whoever asked for it was told
    },
  };
}

function areAlike(one: readonly PackPath[], other: readonly PackPath[]): boolean {
  const known = new Set(one);
  return known.size === other.length && other.every((path) => known.has(path));
}
