// The YAML test suite, read by three readers: what each does with a case is what the suite expects, or explained by its id.
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createLocator } from '../../src/language/locate.ts';
import { parseDocument } from '../../src/language/parse.ts';
import { plain, type Reading, readWithJsYaml, readWithYaml, scalarPlaces } from '../support/yaml-readers.mjs';
import { byId, explained } from './yaml-suite-table.ts';

type Case = {
  readonly id: string;
  readonly yaml: string;
  /** The documents; absent where JSON has no words for them. */
  readonly json?: readonly unknown[];
  readonly fail?: true;
};

const file = new URL('../fixtures/yaml-test-suite/cases.json', import.meta.url);
const cases = JSON.parse(readFileSync(file, 'utf8')) as readonly Case[];

function readHere(text: string): Reading {
  const { value, problems } = parseDocument(text);
  const codes = [...new Set(problems.map(({ code }) => code))].sort();
  return codes.length > 0 ? { refused: codes.join(' ') } : { values: [plain(value)] };
}

/** What js-yaml says, in fewer words. */
function readByJsYaml(text: string): Reading {
  const reading = readWithJsYaml(text);
  if ('values' in reading) return reading;
  return { refused: /tag|complex key|duplicated/.exec(reading.refused)?.[0] ?? reading.refused };
}

/** What a reader does that is not simply what the suite expects; undefined: it does that. */
function deviation(one: Case, reading: Reading, refusal: RegExp): string | undefined {
  if ('refused' in reading) {
    return one.fail && refusal.test(reading.refused) ? undefined : `refuses ${reading.refused}`;
  }
  if (one.fail) return 'accepts';
  if (one.json === undefined) return 'reads a value';
  if (one.json.length === 0 && isDeepStrictEqual(reading.values, [null])) return 'reads null';
  return isDeepStrictEqual(reading.values, plain(one.json)) ? undefined : 'reads another value';
}

function deviations(read: (text: string) => Reading, refusal: RegExp): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const one of cases) {
    const what = deviation(one, read(one.yaml), refusal);
    if (what !== undefined) found.set(one.id, what);
  }
  return found;
}

const sorted = (map: ReadonlyMap<string, string>): string[] => [...map].map((pair) => pair.join(' ')).sort();

describe('the YAML test suite', () => {
  it('is whole', () => {
    expect(cases).toHaveLength(402);
    expect(cases.filter(({ fail }) => fail)).toHaveLength(94);
  });

  it('is read here as it expects, or as explained', () => {
    expect(sorted(deviations(readHere, /^YAML_SYNTAX$/))).toEqual(sorted(byId(explained.ours)));
  });

  it('is read by js-yaml as it expects, or as explained', () => {
    expect(sorted(deviations(readByJsYaml, /./))).toEqual(sorted(byId(explained.jsYaml)));
  });

  it('is read by yaml as it expects, or as explained', () => {
    expect(sorted(deviations(readWithYaml, /./))).toEqual(sorted(byId(explained.yaml)));
  });

  it('has one value for all three readers wherever it is accepted here', () => {
    const alone = new Set([...byId(explained.yaml).keys(), ...byId(explained.ours).keys()]);
    let compared = 0;
    for (const { id, yaml } of cases) {
      const here = readHere(yaml);
      if ('refused' in here || (alone.has(id) && id !== '4ABK' && id !== 'UKK6/02')) continue;
      expect(readWithJsYaml(yaml), id).toMatchObject(here);
      expect(readWithYaml(yaml), id).toMatchObject(here);
      compared += 1;
    }
    expect(compared).toBe(234);
  });

  it('has every scalar where yaml has it', () => {
    let compared = 0;
    for (const { id, yaml } of cases) {
      const reading = readWithYaml(yaml);
      const [document] = reading.documents;
      if (!('values' in readHere(yaml)) || 'refused' in reading || document === undefined) continue;
      const locator = createLocator(yaml);
      for (const { path, part, place, isBlock } of scalarPlaces(document, reading.lineCounter)) {
        const { line, column, end_line: endLine, end_column: endColumn } = locator.locate(path, part);
        const here = `${line}:${column}-${endLine}:${endColumn}`;
        // The end of a block scalar is not needed for anything: it is marked at its `|` or `>`.
        const comparable = (text: string) => (isBlock ? text.split('-')[0] : text);
        expect(comparable(here), `${id} ${JSON.stringify(path)}`).toBe(comparable(place));
        compared += 1;
      }
    }
    expect(compared).toBe(790);
  });
});
