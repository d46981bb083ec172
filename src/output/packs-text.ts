// Packs that came by upload → a table for people, and what became of one. Pure.
import type { PackRow } from '../model/answers.ts';
import { visible } from './cells.ts';
import type { Style } from './style.ts';
import { renderTable, type TableOptions } from './table.ts';
import { count, group, minute } from './words.ts';

export function renderPacks(packs: readonly PackRow[], options: TableOptions): string {
  const { style } = options;
  if (packs.length === 0)
    return `${style.dim('no pack is installed; those under a root are none of these')}\n`;
  return renderTable(
    packs,
    [
      { title: 'REF', cell: ({ ref }) => ref },
      { title: 'LABEL', cell: ({ label }) => label, least: 10, comfort: 24 },
      { title: 'VERSION', cell: ({ version }) => version, least: 7 },
      {
        title: 'STATUS',
        cell: ({ status }) => status,
        dress: (text, { status }) => (status === 'active' ? style.green(text) : style.yellow(text)),
      },
      { title: 'WORKFLOWS', cell: ({ workflow_count: number }) => group(number), align: 'right' },
      { title: 'UPDATED (UTC)', cell: ({ updated }) => minute(updated), isOptional: true },
    ],
    options,
  );
}

/** Files that are named before it is only said how many more there are. */
const maxLeftOut = 5;

/** After `pack install`. A script that was left out is nowhere but where it was: that has to be said. */
export function renderInstalled(pack: PackRow, leftOut: readonly string[], style: Style): string {
  const { ref, version, workflow_count: workflows } = pack;
  const said = `${style.green(visible(ref))} ${visible(version)} is installed: ${count(workflows, 'workflow')}\n`;
  if (leftOut.length === 0) return said;
  const names = leftOut.slice(0, maxLeftOut).map(visible).join(', ');
  const more = leftOut.length > maxLeftOut ? ` and ${group(leftOut.length - maxLeftOut)} more` : '';
  const left = `left out, for a registry reads YAML alone: ${names}${more}`;
  return `${said}${style.dim(left)}\n`;
}
