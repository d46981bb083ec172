// A registry that holds nothing and takes nothing: for `check`, and for `plan` on a database without a schema.
import type { Registry } from '../reconcile/ports.ts';

export const emptyRegistry: Registry = {
  readSource: async () => ({ packs: new Map(), files: new Map() }),
  readPack: async () => ({ pack: undefined, workflows: new Map(), actions: new Map(), files: new Map() }),
  apply: async () => {
    throw new Error('nothing may be applied to an empty registry');
  },
};
