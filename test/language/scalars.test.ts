// Scalars read as YAML 1.2 has it, and as two other readers of YAML 1.2 do: the golden table, and the page that shows it.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { maxAliases, maxNodes } from '../../src/language/build-state.ts';
import { maxDepth } from '../../src/language/events.ts';
import { parseDocument } from '../../src/language/parse.ts';
import { resolvePlain } from '../../src/language/scalars.ts';
import { type Reading, readWithJsYaml, readWithYaml } from '../support/yaml-readers.mjs';
import { foreign, refused, type ScalarRow, scalarTable } from './scalars-table.ts';

const page = readFileSync(new URL('../../docs/yaml.md', import.meta.url), 'utf8');

/** What a reader made of `x: <text>`. */
function readValue(reading: Reading): unknown {
  if ('refused' in reading) return refused;
  const { x } = reading.values[0] as { readonly x: unknown };
  return x instanceof Date || x instanceof Uint8Array ? foreign : x;
}

function words(value: unknown): string {
  if (value === refused) return 'refused';
  if (value === foreign) return 'no JSON value';
  return typeof value === 'number' ? String(value) : JSON.stringify(value);
}

const code = (text: string): string => (text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``);
const cell = (value: unknown): string => (typeof value === 'symbol' ? words(value) : code(words(value)));

/** What the others make of it where that is something else. */
function othersOf(row: ScalarRow): string {
  const jsYaml = 'jsYaml' in row ? cell(row.jsYaml) : undefined;
  const yaml = 'yaml' in row ? cell(row.yaml) : undefined;
  if (jsYaml !== undefined && jsYaml === yaml) return `both ${yaml}`;
  const apart = [jsYaml && `js-yaml ${jsYaml}`, yaml && `yaml ${yaml}`];
  return apart.filter((part) => part !== undefined).join(', ');
}

function lineOf(row: ScalarRow): string {
  const written = row.text === '' ? '(nothing)' : code(row.text);
  const here = row.code ?? cell(row.value);
  return `| ${[written, here, othersOf(row), row.note ?? ''].join(' | ')} |`.replaceAll(/ +\|/g, ' |');
}

describe('scalars', () => {
  it('have a table of at least 80', () => {
    expect(scalarTable.length).toBeGreaterThanOrEqual(80);
    expect(new Set(scalarTable.map(({ text }) => text)).size).toBe(scalarTable.length);
  });

  it.each(scalarTable)('are read as the table says: $text', (row) => {
    const text = `x: ${row.text}\n`;
    const { value, problems } = parseDocument(text);
    if (row.code === undefined) {
      expect({ value, problems }).toStrictEqual({ value: { x: row.value }, problems: [] });
    } else expect([...new Set(problems.map((problem) => problem.code))]).toEqual([row.code]);
    expect(readValue(readWithJsYaml(text))).toStrictEqual('jsYaml' in row ? row.jsYaml : row.value);
    expect(readValue(readWithYaml(text))).toStrictEqual('yaml' in row ? row.yaml : row.value);
  });

  it('are shown on the page as in the table', () => {
    const rows = page
      .split('\n')
      .filter((line) => line.startsWith('| ') && !/^\| (?:written|---)/.test(line));
    // The formatter aligns the columns.
    const shown = rows.map((line) => line.replaceAll(/ {2,}/g, ' ')).join('\n');
    expect(shown).toBe(scalarTable.map(lineOf).join('\n'));
  });

  it('stand beside limits that are those of the parser', () => {
    for (const limit of [
      `${maxDepth} levels`,
      `${maxAliases} aliases`,
      `${maxNodes.toLocaleString('en')} values`,
    ])
      expect(page).toContain(limit);
  });
});

describe('resolvePlain', () => {
  it('names what no double holds', () => {
    for (const text of ['.inf', '-.INF', '+.Inf', '.nan', '.NaN', '1e400', '-1e400']) {
      expect(String(resolvePlain(text))).toBe('Symbol(notFinite)');
    }
    for (const text of ['9007199254740992', '-9007199254740993', '0x20000000000000', '1'.repeat(400)]) {
      expect(String(resolvePlain(text))).toBe('Symbol(unsafeInteger)');
    }
  });
});
