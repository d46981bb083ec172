// Mistakes planted in sql/, one at a time, and the test that is named for each: it has to fail, and another of its file has to
// pass, or the mistake would only have broken everything. Without mistakes all of them pass. Needs nothing built.
// Usage: node test/long/sql-mutants.mjs [--only N] [--seed 1] [--part 1/3] [--match TEXT]
//   --only N       so many, drawn by the seed
//   --part I/N     every Nth, beginning with the Ith, so that the whole can be had in parts
//   --match TEXT   those whose name has it
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom, project, readOptions } from './harness.mjs';
import { mutants } from './sql-mutants-table.mjs';

const options = readOptions({ only: 0, part: '1/1', match: '' });
const base = mkdtempSync(join(tmpdir(), 'pw-mutants-'));
chmodSync(base, 0o755);

/** Text of sql/ with the mistake in it. Throws where the place is not there once. */
function plant({ name, file, in: fn, find, replace }) {
  const directory = join(base, 'sql');
  rmSync(directory, { recursive: true, force: true });
  cpSync(join(project, 'sql'), directory, { recursive: true });
  const path = join(directory, file);
  const text = readFileSync(path, 'utf8');
  const begin = text.search(new RegExp(`create (or replace )?function ${fn}\\(`));
  const rest = text.slice(begin);
  const end = begin + rest.search(/\nend( \$\$)?;\n/);
  const body = text.slice(begin, end);
  const count = body.split(find).length - 1;
  if (begin < 0 || count !== 1) throw new Error(`${name}: its place is ${count} times in ${fn} of ${file}`);
  writeFileSync(path, text.slice(0, begin) + body.replace(find, () => replace) + text.slice(end));
  return directory;
}

/** What each test of the files came to: `[{ file, title, isGood }]`; undefined when they did not come to an end. */
function runTests(files, directory) {
  const report = join(base, 'report.json');
  rmSync(report, { force: true });
  const vitest = join(project, 'node_modules/vitest/vitest.mjs');
  // A mistake may leave a lock that every later test of the file waits for.
  const limits = ['--testTimeout=20000', '--hookTimeout=45000'];
  const args = [vitest, 'run', ...files, ...limits, '--reporter=json', `--outputFile=${report}`];
  const env = { ...process.env, ...(directory && { PACKWATCH_TEST_SQL: directory }) };
  const ran = spawnSync(process.execPath, args, { cwd: project, env, encoding: 'utf8', timeout: 300_000 });
  if (ran.error) return undefined;
  const said = `${ran.stdout}${ran.stderr}`;
  if (!existsSync(report)) throw new Error(`no report (${ran.status ?? ran.signal})\n${said.slice(-2_000)}`);
  const { testResults } = JSON.parse(readFileSync(report, 'utf8'));
  const all = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'passed' || status === 'failed')
      .map(({ title, status }) => ({ file: name, title, isGood: status === 'passed' })),
  );
  if (all.length === 0) console.error(`no test ran\n${said.slice(-2_000)}`);
  return all.length === 0 ? undefined : all;
}

const isNamed = ({ test, named }, { file, title }) => file.endsWith(test) && title.startsWith(named);

/** Undefined: the named test sees the mistake. Else why that is not proven. */
function survival(mutant) {
  const results = runTests([mutant.test], plant(mutant));
  if (results === undefined) return 'the tests do not come to an end';
  const named = results.filter((result) => isNamed(mutant, result));
  if (named.every(({ isGood }) => isGood)) {
    const others = results.filter(({ isGood }) => !isGood).map(({ title }) => title);
    return `"${mutant.named}" passes; red are: ${others.join('; ') || 'none'}`;
  }
  return results.some(({ isGood }) => isGood) ? undefined : 'every test of the file fails';
}

function choose() {
  const [index, of] = options.part.split('/').map(Number);
  const some = mutants
    .filter(({ name }) => name.includes(options.match))
    .filter((_, at) => at % of === index - 1);
  if (options.only === 0) return some;
  const { random } = createRandom(options.seed);
  return some
    .map((mutant) => ({ mutant, at: random() }))
    .sort((a, b) => a.at - b.at)
    .slice(0, options.only)
    .map(({ mutant }) => mutant);
}

let killed = 0;
let isSound = true;
const chosen = choose();
try {
  for (const mutant of mutants) plant(mutant);
  const control = runTests([...new Set(chosen.map(({ test }) => test))]) ?? [];
  for (const mutant of chosen) {
    const named = control.filter((result) => isNamed(mutant, result));
    if (named.length > 0 && named.every(({ isGood }) => isGood)) continue;
    console.error(`${mutant.name}: without the mistake "${mutant.named}" is not there or fails`);
    isSound = false;
  }
  for (const mutant of isSound ? chosen : []) {
    const why = survival(mutant);
    if (why === undefined) killed += 1;
    console.log(`${why === undefined ? 'killed  ' : 'SURVIVED'} ${mutant.name}${why ? `: ${why}` : ''}`);
  }
} finally {
  rmSync(base, { recursive: true, force: true });
}
console.log(`sql mutants: ${chosen.length} mutants, ${killed} killed`);
process.exitCode = isSound && killed === chosen.length ? 0 : 1;
