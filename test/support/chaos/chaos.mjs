// Random events around a registry, and what must have come of them: the one door of the model (see chaos.d.mts).
import { clientCommands } from './commands-clients.mjs';
import { diskCommands } from './commands-disk.mjs';
import { peopleCommands } from './commands-people.mjs';
import { settleWorld } from './pass.mjs';
import { createWorld } from './world.mjs';

/** How often each comes up among all. Those that take much away are rare, or nothing would be left to lose. */
export const weights = {
  createPack: 5,
  rivalPack: 1,
  save: 14,
  edit: 10,
  twin: 2,
  challenge: 2,
  link: 4,
  plain: 2,
  refAction: 2,
  comment: 4,
  break: 5,
  moveFile: 4,
  moveAction: 1,
  removeFile: 4,
  removeMany: 2,
  removePack: 1,
  renamePack: 2,
  renameRef: 1,
  labelPack: 1,
  breakManifest: 1,
  mendManifest: 3,
  removeManifest: 1,
  hide: 2,
  show: 3,
  rootAway: 1,
  rootBack: 8,
  empty: 1,
  refill: 4,
  pin: 4,
  unpin: 1,
  enable: 1,
  disable: 1,
  protect: 2,
  unprotect: 2,
  approve: 2,
  reject: 2,
  overwrite: 2,
  erase: 1,
  insert: 1,
  age: 3,
  post: 4,
  put: 3,
  drop: 3,
  dropPack: 2,
  forget: 1,
};

const commands = { ...diskCommands, ...peopleCommands, ...clientCommands, rootBack };

function rootBack(world) {
  if (world.root === 'there') return undefined;
  world.root = 'there';
  return [{ do: 'root-back' }];
}

/** True for a command that changes nothing but files. */
export function isOfDisk(name) {
  return name in diskCommands;
}

/** True for a client's write. */
export function isOfClient(name) {
  return name in clientCommands;
}

/** Changes the world by a command `[name, a, b, c]`; returns the steps for what is real, undefined where there is nothing to do. */
export function play(world, [name, a, b, c]) {
  if (world.root === 'away' && isOfDisk(name)) return undefined;
  const steps = commands[name](world, a, b, c);
  return steps && steps.length > 0 ? steps : undefined;
}

export { createWorld, settleWorld };
