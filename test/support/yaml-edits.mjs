// Edits at random in what there is: suite cases and shipped files.
import { readdirSync, readFileSync } from 'node:fs';

/** A small fast source of numbers, the same on every machine: `random(n)` is one below `n`. */
export function createRandom(seed) {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** A function that yields one of the texts with a few edits, well-formed in UTF-16. */
export function createEdits(random) {
  const pick = (list) => list[random(list.length)];
  const pieces = [
    ...[
      ' ',
      '  ',
      '\n',
      '\r\n',
      '\n\n',
      '\t',
      ': ',
      '- ',
      '? ',
      ':',
      ',',
      '[',
      ']',
      '{',
      '}',
      '"',
      "'",
      '#',
      ' # c',
      '|\n',
      '>-\n',
      '|+2\n',
    ],
    ...[
      '&a ',
      '*a',
      '!!str ',
      '! ',
      '<<: ',
      '---\n',
      '...\n',
      '%YAML 1.2\n',
      '\\',
      '\\n',
      '\\x41',
      '~',
      '0',
      '1e999',
      '.',
      '-',
      '@',
      '`',
      '%',
    ],
    ...['é', '😀', '\u0085', '\u2028', '\ufeff', '\u00a0', 'a', 'b: 1\n', '- x\n', '{{ x }}'],
  ];
  const sources = readSources();

  return () => {
    let text = pick(sources);
    for (let edits = 1 + random(4); edits > 0; edits -= 1) {
      const at = random(text.length + 1);
      const end = Math.min(text.length, at + random(10));
      const kind = random(5);
      if (kind === 0) text = text.slice(0, at) + text.slice(end);
      else if (kind === 1) text = text.slice(0, at) + pick(pieces) + text.slice(end);
      else if (kind === 2)
        text = text.slice(0, at) + text.slice(at, end).repeat(1 + random(4)) + text.slice(at);
      else text = text.slice(0, at) + pick(pieces) + text.slice(at);
    }
    return text.toWellFormed();
  };
}

function readSources() {
  const suite = new URL('../fixtures/yaml-test-suite/cases.json', import.meta.url);
  const texts = JSON.parse(readFileSync(suite, 'utf8')).map(({ yaml }) => yaml);
  const packs = new URL('../../packs/', import.meta.url);
  for (const path of readdirSync(packs, { recursive: true, encoding: 'utf8' }).sort()) {
    if (path.endsWith('.yaml')) texts.push(readFileSync(new URL(path, packs), 'utf8'));
  }
  return texts;
}
