// A registry that holds nothing and takes nothing: for `check`, and for `plan` on a database without a schema.
import type { Registry } from '../reconcile/ports.ts';

export const emptyRegistry: Registry = {
  readSource: async () => ({ packs: new Map(), files: new Map(), batches: [], strays: [] }),
  readPack: async () => ({ pack: undefined, workflows: new Map(), actions: new Map(), files: new Map() }),
  apply: async () => refuse(),
  readRemovals: async () => ({ retired: 0, highest: 0 }),
  readRemovable: async () => [],
  hold: async () => refuse(),
  expire: async () => refuse(),
};

function refuse(): never {
  throw new Error('nothing may be written to an empty registry');
}
