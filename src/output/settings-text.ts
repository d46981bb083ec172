// Settings with their origin → a table for people. Pure.
import { renderTable, type TableOptions } from './table.ts';

export type SettingRow = {
  readonly variable: string;
  readonly value: string | number | boolean | readonly string[] | null;
  readonly origin: string;
  readonly from: string | null;
};

export function renderSettings(rows: readonly SettingRow[], options: TableOptions): string {
  const { style } = options;
  return renderTable(
    rows,
    [
      { title: 'SETTING', cell: ({ variable }) => variable },
      { title: 'VALUE', cell: ({ value }) => valueText(value) },
      {
        title: 'FROM',
        cell: ({ origin, from }) => originText(origin, from),
        dress: (text, { origin }) => (origin === 'default' ? style.dim(text) : text),
      },
    ],
    options,
  );
}

function valueText(value: SettingRow['value']): string {
  if (value === null) return 'none';
  return typeof value === 'object' ? value.join(', ') : String(value);
}

/** The variable stands in the first column already. */
function originText(origin: string, from: string | null): string {
  return from === null || origin === 'environment' ? origin : `${origin} ${from}`;
}
