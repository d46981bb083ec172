// Names with values, one a line, the values aligned. Pure.
import { columnsOf } from './cells.ts';
import type { Style } from './style.ts';

/** Values are shown as they are: already visible, perhaps dressed. Fields without a value are left out. */
export function renderFields(
  fields: readonly (readonly [name: string, value: string])[],
  style: Style,
): string {
  const shown = fields.filter(([, value]) => value !== '');
  const width = Math.max(0, ...shown.map(([name]) => columnsOf(name)));
  return shown
    .map(([name, value]) => `${style.dim(name)}${' '.repeat(width - columnsOf(name))}  ${value}\n`)
    .join('');
}
