// Short texts of the pieces that plainly written YAML has, in any order: most are wrong, and some are plain.
import { isDeepStrictEqual } from 'node:util';
import { createRandom } from './yaml-edits.mjs';
import { createTexts } from './yaml-texts.mjs';

const pieces = [
  ...[
    'a',
    'b',
    'é',
    '数',
    '😀',
    '0',
    '-1',
    'null',
    '~',
    '=',
    '<<',
    '.',
    '\\',
    '\\n',
    '\\x41',
    '\u2028',
    '\u0085',
  ],
  ...[
    ': ',
    ':',
    '- ',
    '-',
    '? ',
    '?',
    ', ',
    ',',
    '#',
    ' # c',
    "'",
    '"',
    "''",
    '\\"',
    '|',
    '>',
    '&',
    '*',
    '!',
    '%',
    '@',
  ],
  ...['[', ']', '{', '}', '[a, b]', '{a: 1}', '[-', '{{ x }}', '"x"', "'y'", '\t', '\r\n', '---\n', '...\n'],
  ...['a: ', 'b: 1\n', 'c: ', '- x\n', '- k: ', '|\n', '>-\n', '|+\n', '|2\n', 'key: |\n  x\n'],
  ...['\n', '\n', '\n  ', '\n  ', '\n    ', '\n ', '\n\n', ' ', '  ', '   \n'],
];

/** Compares the events of `rounds` texts of each kind: how many were plain, and those that js-yaml reads otherwise. */
export function comparePlain(plainEvents, parserEvents, rounds, seed) {
  const random = createRandom(seed);
  const made = createTexts(random);
  const soup = () => {
    let text = random(3) > 0 ? `k${pieces[random(pieces.length)]}` : '';
    for (let count = 2 + random(14); count > 0; count -= 1) text += pieces[random(pieces.length)];
    return random(20) > 0 ? `${text}\n` : text;
  };
  const different = [];
  let plain = 0;
  for (let round = 0; round < 2 * rounds; round += 1) {
    const text = (round % 2 === 0 ? soup() : made.next()).toWellFormed();
    const events = plainEvents(text);
    if (events === undefined) continue;
    plain += 1;
    const parsed = parserEvents(text);
    if (!parsed.ok || !isDeepStrictEqual(events, parsed.events))
      different.push(
        `round ${round}: ${parsed.ok ? 'other events' : parsed.reason}\n${JSON.stringify(text)}`,
      );
  }
  return { plain, different };
}
