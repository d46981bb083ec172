// The quick reading of plainly written texts: the events of js-yaml or none.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { generatePacks } from '../../bench/generate.ts';
import { parserEvents } from '../../src/language/events.ts';
import { plainEvents } from '../../src/language/plain-events.ts';
import { comparePlain } from '../support/plain-texts.mjs';

function expectEqual(text: string): void {
  expect(parserEvents(text)).toEqual({ ok: true, events: plainEvents(text) });
}

const packs = new URL('../../packs/', import.meta.url);
const shipped = readdirSync(packs, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.yaml'))
  .map((path) => readFileSync(new URL(path, packs), 'utf8'));

const plain = {
  'a mapping': 'a: 1\nb:\n  c: x y\n  d:\ne: z\n',
  'a list no deeper than its key': 'a:\n- x\n- y\nb: 1\n',
  'lists and mappings behind a dash': 'a:\n  - - x\n    - b: 1\n      c: 2\n  -   d: 3\n      e: 4\n',
  'a dash with nothing behind it': 'a:\n  -\n  - # nothing\n  -\n    b: 1\n',
  quotes: 'a: "x \\" \\\\ y" # c\n"b": \'it\'\'s\'\n\'c d\': ""\n',
  'words that look like something else':
    'a: -1\nb: x:y\nc: x#y\nd: a - b\ne: (x)\nf: .5\ng: it\'s "x"\nh: <<\n',
  brackets: 'a: [x, "y", [1], {b: c d, "e": {}}, ]\nb: {}\nc: []\nd: { x: 1 , y: [ ] } # c\n',
  'block scalars': 'a: |\n  x\n\n    y # no comment\nb: >-\n\n  z\n# edge\nc:\n  - |+\n    x\n\n\nd: 1\n',
  'comments and blank lines': '\n# c\na: 1 # c\n\n  # deeper, behind a comment\nb: # c\n\n# c\n  c: 2\n   \n',
  'the head of a document': '# c\n---\n\na: 1\n',
  'letters of any script': 'ключ: значение\né: "数"\n',
} as const;

const foreign = {
  'no last line end': 'a: 1',
  'a tab': 'a:\t1\n',
  'a carriage return': 'a: 1\r\n',
  'a character of two halves': 'a: 😀\n',
  'a byte order mark': '\ufeffa: 1\n',
  'a scalar that goes on': 'a: x\n  y\n',
  'a scalar with a deeper comment below': 'a: x\n\n  # c\nb: 1\n',
  'quotes over two lines': 'a: "x\n  y"\n',
  'an escape of a number': 'a: "\\x41"\n',
  'brackets over two lines': 'a: [x,\n  y]\n',
  'a pair in a list': 'a: [b: c]\n',
  'a lone dash in brackets': 'a: [-]\n',
  'a key in brackets': 'a: {{ x }}\n',
  'a key without a value': 'a: {b, c}\n',
  'an anchor': 'a: &b 1\n',
  'an alias': 'a: *b\n',
  'a tag': 'a: !!str 1\n',
  'an explicit key': '? a\n: b\n',
  'a blank before the colon': 'a : 1\n',
  'a scalar below its key': 'a:\n  x\n',
  'an indentation indicator': 'a: |2\n  x\n',
  'a block without lines': 'a: |\nb: 1\n',
  'a blank line deeper than its block': 'a: |\n    \n  x\n',
  'two mappings in a line': 'a: b: c\n',
  'a key that is less deep than the first': 'a:\n  b: 1\n c: 2\n',
  'a list behind a mapping': 'a: 1\n- b\n',
  'a dash in the line of a key': 'a: - b\n',
  'a list as the whole': '- a\n',
  'a scalar as the whole': 'a\n',
  'an indented whole': ' a: 1\n',
  'a second document': 'a: 1\n---\nb: 1\n',
  'the end of a document': 'a: 1\n...\n',
  'a directive': '%YAML 1.2\n---\na: 1\n',
  'more levels than a definition has': `${Array.from({ length: 60 }, (_, depth) => `${' '.repeat(depth)}a:\n`).join('')}`,
  'more brackets than a definition has': `a: ${'['.repeat(60)}${']'.repeat(60)}\n`,
} as const;

describe('plainEvents', () => {
  it.each(Object.entries(plain))('reads %s', (_, text) => {
    expect(plainEvents(text)).toBeDefined();
    expectEqual(text);
  });

  it.each(Object.entries(foreign))('leaves %s to js-yaml', (_, text) => {
    expect(plainEvents(text)).toBeUndefined();
  });

  it('reads what people write', () => {
    const read = shipped.filter((text) => plainEvents(text) !== undefined);
    for (const text of read) expectEqual(text);
    expect(read.length).toBeGreaterThan(shipped.length * 0.8);
    for (const { content } of generatePacks({ seed: 3, packs: 2, workflowsPerPack: 20 }))
      expectEqual(String(content));
  });

  it('reads nothing as js-yaml does not', () => {
    const { plain: read, different } = comparePlain(plainEvents, parserEvents, 30_000, 5);
    expect(different).toEqual([]);
    expect(read).toBeGreaterThan(1_500);
  });

  it('would be found to read something else', () => {
    const unlike = (text: string) => plainEvents(text.replace(/\[-[,\]]/, '[x]'));
    expect(comparePlain(unlike, parserEvents, 30_000, 5).different.length).toBeGreaterThan(0);
  });
});
