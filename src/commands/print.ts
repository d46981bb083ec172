// How client commands print: one document, a table as wide as the terminal, or names alone.
import { visible } from '../output/cells.ts';
import type { TableOptions } from '../output/table.ts';
import type { CommandContext } from './context.ts';

/** The `data` of the endpoint behind a command. */
export function printDocument(context: CommandContext, data: object): void {
  context.out(`${JSON.stringify(data)}\n`);
}

export function tableOptions({ style, columns }: CommandContext): TableOptions {
  return { style, columns };
}

/** What `--quiet` leaves of a list: names, one a line. */
export function printNames(context: CommandContext, names: readonly (string | number)[]): void {
  context.out(names.map((name) => `${visible(String(name))}\n`).join(''));
}
