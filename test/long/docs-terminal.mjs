// The terminal of docs-check.mjs: does the steps of one page in the directory it is started in, and prints what came of it as JSON.
// It is started in namespaces of its own, so the ports and programs of a page are nobody else's, and end with it.
// Usage: node test/long/docs-terminal.mjs STEPS.json KEPT, where KEPT is a directory for what commands leave: place, variables, output
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isShown } from '../support/doc-pages.mjs';

const limitMs = 90_000;
const [, , stepsFile, kept] = process.argv;
const cwdFile = join(kept, 'cwd');
const variables = join(kept, 'variables');
writeFileSync(cwdFile, process.cwd());
writeFileSync(variables, '');

let count = 0;
/** The output of the last block, and of the one that stays: its file, and how much of it was seen. */
let output = '';
let staying;

/** Bash as a reader's terminal: what a block exports, defines and where it went is there in the next one. */
function script(text) {
  const keep = `trap 'code=$?; pwd > ${cwdFile}; { declare -f; export -p; } > ${variables}; exit $code' EXIT`;
  return `set -ea\n. ${variables}\ncd "$(cat ${cwdFile})"\n${keep}\n${text}\n`;
}

function begin(text) {
  count += 1;
  const block = join(kept, `${count}.sh`);
  const file = join(kept, `${count}.out`);
  writeFileSync(block, script(text));
  const out = openSync(file, 'a');
  const child = spawn('bash', [block], { stdio: ['ignore', out, out] });
  closeSync(out);
  const exited = new Promise((end) => child.once('exit', (code, signal) => end(code ?? signal)));
  return { child, exited, file, told: () => readFileSync(file, 'utf8') };
}

/** Resolves with the exit code; what is left in the background goes on. */
async function finish(text) {
  const running = begin(text);
  const code = await Promise.race([running.exited, sleep(limitMs, 'no end', { ref: false })]);
  output = running.told();
  if (code === 'no end') running.child.kill('SIGKILL');
  return code;
}

async function until(condition) {
  for (const end = Date.now() + limitMs; Date.now() < end; await sleep(30))
    if (await condition()) return true;
  return false;
}

/** NAME in the block becomes what the command prints. */
async function filled({ text, with: mark }) {
  if (mark === undefined) return text;
  const [name, ...command] = mark.split('=');
  const code = await finish(command.join('='));
  if (code !== 0 || output.trim() === '')
    throw new Error(`${mark}: ended with ${code}, and printed: ${output}`);
  return text.replaceAll(name, output.trim());
}

async function stay(text, mark) {
  const running = begin(text);
  let code;
  running.exited.then((ended) => {
    code = ended;
  });
  await until(() => code !== undefined || running.told().includes(mark));
  staying = { ...running, seen: 0 };
  output = running.told();
  if (!output.includes(mark))
    throw new Error(`it did not say ${mark}${code === undefined ? '' : `, and ended with ${code}`}`);
}

async function run(step) {
  const text = await filled(step);
  if (step.stays !== undefined) return stay(text, step.stays);
  const code = await finish(text);
  if (code !== (step.exits ?? 0)) throw new Error(`it ended with ${code}, not with ${step.exits ?? 0}`);
}

async function see({ text, told }) {
  if (!told) {
    if (!isShown(text, output)) throw new Error('the page shows something else');
    return;
  }
  // What the program has told before counts no more, so that a block which is shown twice must come twice.
  const fresh = () => staying.told().slice(staying.seen);
  const found = await until(() => isShown(text, fresh(), true));
  output = fresh();
  staying.seen += output.length;
  if (!found) throw new Error('the program that stays does not tell it');
}

function save({ file, text }) {
  const path = resolve(readFileSync(cwdFile, 'utf8').trim(), file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

const actions = { run, do: run, see, save };
for (const step of JSON.parse(readFileSync(stepsFile, 'utf8'))) {
  try {
    await actions[step.kind](step);
    console.log(JSON.stringify({ line: step.line }));
  } catch (error) {
    console.log(JSON.stringify({ line: step.line, fault: error.message, output }));
    // What is shown wrongly keeps nobody from going on.
    if (step.kind !== 'see') break;
  }
}
process.exit(0);
