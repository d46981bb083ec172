// Packs whose directory is gone, or is another pack now, and which other directories claim: who has one from then on must not
// depend on which of them a pass happens to look at.
//
// A pack goes through: left (a directory that claims it was put off) → settled (all who claim it are known, and so is the heir).
import type { PackDir, PackRef } from '../model/pack.ts';

export type Heirs = {
  /** The directory that is to have a pack which `left` holds no more. Undefined: not settled, and `dir` is noted as claiming it. */
  heirOf(packRef: PackRef, left: PackDir, dir: PackDir): PackDir | undefined;
  settle(packRef: PackRef, heir: PackDir): void;
  /** Packs that were put off, settled or not. */
  legacies(): ReadonlyMap<PackRef, Legacy>;
};

export type Legacy = {
  /** The directory that the pack is registered for. */
  readonly left: PackDir;
  readonly claimants: ReadonlySet<PackDir>;
};

export function createHeirs(): Heirs {
  const legacies = new Map<PackRef, { readonly left: PackDir; readonly claimants: Set<PackDir> }>();
  const heirs = new Map<PackRef, PackDir>();
  return {
    heirOf(packRef, left, dir) {
      const heir = heirs.get(packRef);
      if (heir !== undefined) return heir;
      const legacy = legacies.get(packRef) ?? { left, claimants: new Set() };
      legacy.claimants.add(dir);
      legacies.set(packRef, legacy);
      return undefined;
    },
    settle(packRef, heir) {
      heirs.set(packRef, heir);
    },
    legacies: () => legacies,
  };
}
