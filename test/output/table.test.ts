// Tables: what fits, what is cut, what is left out, and what is never touched.
import { describe, expect, it } from 'vitest';
import { columnsOf } from '../../src/output/cells.ts';
import { plainStyle } from '../../src/output/style.ts';
import { type Column, cutTo, renderTable } from '../../src/output/table.ts';

type Row = { readonly ref: string; readonly label: string; readonly count?: number; readonly at?: string };

const columns: readonly Column<Row>[] = [
  { title: 'REF', cell: ({ ref }) => ref },
  { title: 'LABEL', cell: ({ label }) => label, least: 6, comfort: 12 },
  { title: 'N', cell: ({ count = 0 }) => String(count), align: 'right' },
  { title: 'AT', cell: ({ at = 'today' }) => at, isOptional: true },
];

const table = (rows: readonly Row[], width?: number) =>
  renderTable(rows, columns, { style: plainStyle, columns: width }).split('\n');

describe('renderTable', () => {
  it('aligns columns, numbers to the right', () => {
    expect(
      table([
        { ref: 'a.b', label: 'One' },
        { ref: 'a.long', label: 'Other', count: 12 },
      ]),
    ).toEqual(['REF     LABEL   N  AT', 'a.b     One     0  today', 'a.long  Other  12  today', '']);
  });

  it('cuts nothing where there is no terminal', () => {
    const label = 'x'.repeat(500);
    expect(table([{ ref: 'a.b', label }])[1]).toBe(`a.b  ${label}  0  today`);
  });

  it('leaves a column out before it cuts another below its comfort, and then cuts', () => {
    const rows = [{ ref: 'a.b', label: 'A label of twenty-5 columns' }];
    expect(table(rows, 40)[1]).toBe('a.b  A label of twenty-5 colu…  0  today');
    expect(table(rows, 27)[1]).toBe('a.b  A label of…   0  today');
    expect(table(rows, 24)[1]).toBe('a.b  A label of twen…  0');
    expect(table(rows, 16)[1]).toBe('a.b  A label…  0');
  });

  it('gives a name that is longer than all others a line of its own', () => {
    const ref = `a.${'b'.repeat(60)}`;
    expect(
      table(
        [
          { ref: 'a.b', label: 'One' },
          { ref, label: 'Other' },
        ],
        60,
      ),
    ).toEqual(['REF  LABEL  N  AT', 'a.b  One    0  today', ref, '     Other  0  today', '']);
  });

  it('is nothing without rows', () => {
    expect(table([])).toEqual(['']);
  });
});

describe('cutTo', () => {
  it.each([
    ['short', 5, 'short'],
    ['longer', 5, 'long…'],
    ['確認する', 5, '確認…'],
    ['確認する', 4, '確…'],
    ['👩‍👩‍👧 family', 4, '👩‍👩‍👧…'],
    ['x', 0, ''],
  ])('of %j leaves %i columns', (text, width, expected) => {
    expect(cutTo(text, width)).toBe(expected);
    expect(columnsOf(cutTo(text, width))).toBeLessThanOrEqual(width);
  });
});

describe('columnsOf', () => {
  it.each([
    ['abc', 3],
    ['e\u0301', 1],
    ['確認', 4],
    // Its script is common to two.
    ['サービス', 8],
    ['ｶﾀｶﾅ', 4],
    ['ｶﾞ', 2],
    ['한국', 4],
    ['🚀', 2],
    ['（全角）', 8],
  ])('counts %j as %i', (text, expected) => {
    expect(columnsOf(text)).toBe(expected);
  });
});
