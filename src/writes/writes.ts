// All that clients write, over one set of ports.
import type { Writes } from '../model/writes.ts';
import { createDefinitionWrites } from './definitions.ts';
import { createPackWrites } from './packs.ts';
import type { WritePorts } from './ports.ts';
import { createWriteUntilFresh } from './until-fresh.ts';

export function createWrites(ports: WritePorts): Writes {
  const write = createWriteUntilFresh(ports);
  return { ...createDefinitionWrites(ports, write), ...createPackWrites(ports, write) };
}
