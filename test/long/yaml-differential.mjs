// Made-up YAML, read here and by `yaml`: equal values, both refuse, or one of the reasons that are known by name; and read here
// as js-yaml reads it. Usage: npm run build && node test/long/yaml-differential.mjs [--rounds 100000] [--seed 1]
import { parseArgs } from 'node:util';
import { parseDocument } from '../../dist/language/parse.js';
import { compareAll } from '../support/yaml-differences.mjs';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' } },
});
const begunMs = performance.now();
const { counts, unexplained } = compareAll(parseDocument, Number(values.rounds), Number(values.seed));
for (const [what, count] of [...counts].sort())
  process.stdout.write(`${String(count).padStart(8)}  ${what}\n`);
for (const words of unexplained.slice(0, 10)) process.stderr.write(`${words}\n`);
process.stdout.write(
  `yaml-differential: ${values.rounds} documents, seed ${values.seed}, ${counts.get('equal') ?? 0} equal, ` +
    `${counts.size} classes, ${unexplained.length} unexplained, ${((performance.now() - begunMs) / 1000).toFixed(0)} s\n`,
);
process.exitCode = unexplained.length === 0 ? 0 : 1;
