// Directories are looked at in parallel, yet of two that claim one new pack ref the first in line must win every time.
//
// Each directory has a place in line and passes through: waiting → told (which ref it claims, or none) → finished. One that
// claims a ref waits for those before it that claim the same. Nobody waits for a later one, so nobody waits for ever.
import type { PackDir, PackRef } from '../model/pack.ts';

export type Turns = {
  /** Places at the end of the line; a directory that has one keeps it. */
  join(dirs: readonly PackDir[]): void;
  /**
   * Tells a claim and waits for earlier ones of the same ref. Returns the first of those, or undefined when there is none.
   * `isOwner`: the ref is the directory's own already, so it waits for nobody.
   */
  claim(dir: PackDir, packRef: PackRef | null, isOwner: boolean): Promise<PackDir | undefined>;
  /** The directory claims nothing more. */
  finish(dir: PackDir): void;
};

type Place = {
  readonly dir: PackDir;
  readonly told: Promise<PackRef | null>;
  readonly finished: Promise<void>;
  tell(packRef: PackRef | null): void;
  finish(): void;
};

export function createTurns(): Turns {
  const line: Place[] = [];
  const places = new Map<PackDir, number>();
  return {
    join(dirs) {
      for (const dir of dirs) {
        if (places.has(dir)) continue;
        places.set(dir, line.length);
        line.push(createPlace(dir));
      }
    },
    async claim(dir, packRef, isOwner) {
      const own = places.get(dir) ?? line.length;
      line[own]?.tell(packRef);
      if (packRef === null || isOwner) return undefined;
      let first: PackDir | undefined;
      for (const place of line.slice(0, own)) {
        if ((await place.told) !== packRef) continue;
        await place.finished;
        first ??= place.dir;
      }
      return first;
    },
    finish(dir) {
      const place = line[places.get(dir) ?? -1];
      place?.tell(null);
      place?.finish();
    },
  };
}

function createPlace(dir: PackDir): Place {
  let tell: Place['tell'] = () => undefined;
  let finish: Place['finish'] = () => undefined;
  const told = new Promise<PackRef | null>((resolve) => {
    tell = resolve;
  });
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  return { dir, told, finished, tell: (packRef) => tell(packRef), finish: () => finish() };
}
