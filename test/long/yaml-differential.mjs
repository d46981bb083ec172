// Made-up YAML, read here and by `yaml`: equal values, both refuse, or one of the reasons that are known by name; and read here
// as js-yaml reads it; and 40 times as many texts of which the plain ones are read without it, event by event.
// Usage: npm run build && node test/long/yaml-differential.mjs [--rounds 100000] [--seed 1]
import { parseArgs } from 'node:util';
import { parserEvents } from '../../dist/language/events.js';
import { parseDocument } from '../../dist/language/parse.js';
import { plainEvents } from '../../dist/language/plain-events.js';
import { comparePlain } from '../support/plain-texts.mjs';
import { compareAll } from '../support/yaml-differences.mjs';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' } },
});
const begunMs = performance.now();
const { counts, unexplained } = compareAll(parseDocument, Number(values.rounds), Number(values.seed));
const { plain, different } = comparePlain(
  plainEvents,
  parserEvents,
  20 * Number(values.rounds),
  Number(values.seed),
);
for (const [what, count] of [...counts].sort())
  process.stdout.write(`${String(count).padStart(8)}  ${what}\n`);
for (const words of [...unexplained, ...different].slice(0, 10)) process.stderr.write(`${words}\n`);
process.stdout.write(
  `yaml-differential: ${values.rounds} documents, seed ${values.seed}, ${counts.get('equal') ?? 0} equal, ` +
    `${counts.size} classes, ${unexplained.length} unexplained; ${plain} plain, ${different.length} of them read differently, ${((performance.now() - begunMs) / 1000).toFixed(0)} s\n`,
);
process.exitCode =
  unexplained.length === 0 && different.length === 0 && plain > Number(values.rounds) / 2 ? 0 : 1;
