// Directories are looked at in parallel, yet of two that claim one new pack ref the first in line must win every time.
//
// Each directory has a place in line and passes through: silent → told (which ref it claims, or none). One that claims a ref waits
// until all before it have told. Nobody waits for a later one, so nobody waits for ever.
import type { PackDir, PackRef } from '../model/pack.ts';

export type Turns = {
  /** Places at the end of the line; a directory that has one keeps it. */
  join(dirs: readonly PackDir[]): void;
  /**
   * Tells a claim and waits for those of the directories before. Returns the first that claims the same ref, if there is one.
   * `isOwner`: the ref is the directory's own already, so it waits for nobody.
   */
  claim(dir: PackDir, packRef: PackRef | null, isOwner: boolean): Promise<PackDir | undefined>;
  /** The directory claims nothing, or has told what it claims. */
  finish(dir: PackDir): void;
};

type Place = {
  readonly dir: PackDir;
  readonly told: Promise<PackRef | null>;
  tell(packRef: PackRef | null): void;
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
      for (const place of line.slice(0, own)) if ((await place.told) === packRef) return place.dir;
      return undefined;
    },
    finish(dir) {
      line[places.get(dir) ?? -1]?.tell(null);
    },
  };
}

function createPlace(dir: PackDir): Place {
  let tell: Place['tell'] = () => undefined;
  const told = new Promise<PackRef | null>((resolve) => {
    tell = resolve;
  });
  return { dir, told, tell: (packRef) => tell(packRef) };
}
