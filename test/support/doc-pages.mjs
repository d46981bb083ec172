// A page of the documentation → what a reader does with it, in order: commands to run, files to save, output to see.
//
// A shell block is run, or a comment right above it says why not; all of them stand on lines of their own:
//   <!-- not run: REASON -->     needs what is not there, such as a container engine
//   <!-- run by: PATH -->        another test runs the block, and names the page
//   <!-- done: TEXT -->          TEXT, a part of the block, was done when the checkout was built
//   <!-- exits: N -->            the block ends with N, not with 0
//   <!-- stays: TEXT -->         it goes on; the next block begins when it has said TEXT
//   <!-- with: NAME=COMMAND -->  NAME in the block stands for what COMMAND prints
// Elsewhere: `<!-- do: COMMANDS -->`, what the page tells in words and the reader does by hand; `<!-- ground: postgres -->`, the
// reader has a database; `superuser`, a server to make one in. A `text` block behind a shell block is its output, with `…` for what differs each time. Above it,
// `<!-- told: -->` says that the program which stays tells it now, `<!-- not compared: REASON -->` that it is no output. A `yaml`
// block whose first line is `# PATH` is saved there. A page with `<!-- commands: PATH -->` is run by that test as a whole.

const comment = /^<!-- ([a-z ]+):(?: (.*?))? ?(-->)?$/;
const ofBlocks = new Set(['not run', 'run by', 'done', 'exits', 'stays', 'with', 'told', 'not compared']);
const ofPages = new Set(['do', 'ground', 'commands']);
const shells = new Set(['sh', 'bash', 'console', 'shell']);

/**
 * `steps` are `{kind, line, text, …}` with `kind` one of `run`, `left` (not run here), `do`, `save`, `see`; `faults` say
 * where the page cannot be taken at its word.
 */
export function readPage(path, text) {
  const page = { path, ground: undefined, by: undefined, steps: [], faults: [] };
  const state = { lines: text.split('\n'), at: 0, marks: new Map(), last: undefined };
  while (state.at < state.lines.length) readLine(page, state);
  return page;
}

function readLine(page, state) {
  const line = state.lines[state.at];
  const fence = /^( *)(`{3,})(\S*)/.exec(line);
  if (fence) return readFence(page, state, fence);
  if (line.startsWith('<!-- ')) return readComment(page, state);
  // Output belongs to a command of its own section.
  if (line.startsWith('#')) state.last = undefined;
  if (line.trim() !== '' && state.marks.size > 0) {
    page.faults.push(`${page.path}:${state.at + 1}: a mark without a block below`);
    state.marks = new Map();
  }
  state.at += 1;
}

function readComment(page, state) {
  const line = state.at + 1;
  const [, name, rest = '', closed] = comment.exec(state.lines[state.at]) ?? [];
  const parts = [rest];
  state.at += 1;
  while (!closed && state.at < state.lines.length) {
    const next = state.lines[state.at];
    state.at += 1;
    if (next === '-->') break;
    parts.push(next);
  }
  const value = parts.join('\n').trim();
  if (ofBlocks.has(name)) state.marks.set(name, value);
  else if (name === 'do') page.steps.push({ kind: 'do', line, text: value });
  else if (name === 'ground') page.ground = value;
  else if (name === 'commands') page.by = value;
  else
    page.faults.push(`${page.path}:${line}: no such mark; there are ${[...ofBlocks, ...ofPages].join(', ')}`);
}

function readFence(page, state, [, indent, ticks, language]) {
  const line = state.at + 1;
  const end = state.lines.indexOf(indent + ticks, state.at + 1);
  if (end < 0) {
    page.faults.push(`${page.path}:${line}: the block does not end`);
    state.at = state.lines.length;
    return;
  }
  const text = state.lines
    .slice(state.at + 1, end)
    .map((one) => one.slice(indent.length))
    .join('\n');
  const block = { line, text, marks: state.marks };
  state.at = end + 1;
  state.marks = new Map();
  if (language === '') page.faults.push(`${page.path}:${line}: a block needs a language: sh, text, yaml, …`);
  else if (shells.has(language)) state.last = addCommands(page, block);
  else if (language === 'text') addOutput(page, block, state.last);
  else addFile(page, block);
}

function addCommands(page, { line, text, marks }) {
  const reason = marks.get('not run');
  const by = marks.get('run by') ?? page.by;
  const left = reason !== undefined || by !== undefined;
  if (reason === '') page.faults.push(`${page.path}:${line}: the mark does not say why`);
  const done = marks.get('done') ?? '';
  if (!text.includes(done)) page.faults.push(`${page.path}:${line}: the block does not say ${done}`);
  const step = left
    ? { kind: 'left', line, text, reason, by }
    : {
        ...{ kind: 'run', line, text: text.replace(done, ''), exits: Number(marks.get('exits') ?? 0) },
        ...{ stays: marks.get('stays'), with: marks.get('with') },
      };
  page.steps.push(step);
  return step;
}

function addOutput(page, { line, text, marks }, last) {
  if (marks.has('told')) page.steps.push({ kind: 'see', line, text, told: true });
  else if (last?.kind === 'run' && !marks.has('not compared'))
    page.steps.push({ kind: 'see', line, text, told: last.stays !== undefined });
}

function addFile(page, { line, text }) {
  const file = /^# ([\w./-]+\.ya?ml)$/m.exec(text.split('\n')[0])?.[1];
  if (file) page.steps.push({ kind: 'save', line, text: `${text}\n`, file });
}

/** What is the same each time: durations, moments and digests are not. */
function steady(line) {
  return line
    .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?Z?/g, 'MOMENT')
    .replace(/\b\d+(\.\d+)? (ms|s)\b/g, 'DURATION')
    .replace(/\b(?=[a-f0-9]*\d)[a-f0-9]{12,}\b/g, 'DIGEST')
    .trimEnd();
}

const linesOf = (text) =>
  text
    .split('\n')
    .map(steady)
    .filter((line) => line !== '');
const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const fits = (wanted, line) => new RegExp(`^${wanted.split('…').map(escaped).join('.*')}$`).test(line);

/**
 * Whether `output` is what the page shows; blank lines do not count, and a line `…` is any number of lines. With `within` what
 * is shown may be a part of it.
 */
export function isShown(shown, output, within = false) {
  const wanted = linesOf(shown);
  return matches(within ? ['…', ...wanted, '…'] : wanted, linesOf(output));
}

function matches(wanted, lines) {
  if (wanted.length === 0) return lines.length === 0;
  const [first, ...rest] = wanted;
  if (first.trim() !== '…') return lines.length > 0 && fits(first, lines[0]) && matches(rest, lines.slice(1));
  for (let skipped = 0; skipped <= lines.length; skipped += 1)
    if (matches(rest, lines.slice(skipped))) return true;
  return false;
}
