// An expression that fails in the walk → a finding that says what was not given, and how to give it.
import type { Failed, Rendered } from '../../model/render.ts';
import type { ExpressionError } from '../expression/fault.ts';
import { parseExpression } from '../expression/parse.ts';
import { parseTemplate } from '../expression/template.ts';
import { within } from '../problem.ts';
import { suggest } from '../suggest.ts';
import { type Reference, referenceAt } from './reference.ts';
import { pay, type Run, type Setting, type Spot } from './run.ts';

type Unknown = Extract<Rendered, { readonly kind: 'unknown' }>;

type Words = {
  readonly message: string;
  readonly help: string;
  readonly wants?: readonly string[];
  /** A walk that reaches the task would bring it. */
  readonly isOpen?: boolean;
};

/** The failure of an expression in its place: counted, unless it is only not known in a task that is not reached. */
export function fail(run: Run, spot: Spot, error: ExpressionError, setting: Setting): Failed | Unknown {
  if (run.limits.total.left < 0) {
    // The first one says it; thousands more would only hide it.
    if (run.isSpent) return { kind: 'unknown', why: 'the walk has taken too many steps' };
    run.isSpent = true;
    return failWith(run, spot, error);
  }
  const reference = readReference(spot.text, error);
  const words = reference && wordsFor(run, spot.text, reference, setting);
  if (words?.isOpen && !setting.isReached) return { kind: 'unknown', why: words.message };
  if (words === undefined) return failWith(run, spot, error);
  const { message, help, wants } = words;
  // Null has no members: what the evaluator calls a wrong type is a value that is not there.
  const code = error.code === 'EXPR_TYPE' ? 'EXPR_MISSING' : error.code;
  return failWith(run, spot, { ...error, code, message, help }, wants);
}

/** The same for an error that says everything itself. */
export function failWith(run: Run, { at }: Spot, error: ExpressionError, wants?: readonly string[]): Failed {
  const { code, message, help, start, end } = error;
  const position = run.locator.locatePlace(within(at, { start, end }));
  const advice = help === undefined ? {} : { help };
  const finding = { code, severity: 'error', message, ...position, ...advice } as const;
  const failed: Failed = { kind: 'failed', finding, wants };
  run.failures.push(failed);
  pay(run, failureBytes);
  return failed;
}

/** About what a failure is long in a document. */
const failureBytes = 500;

/** Only what is missing has to do with what is given. */
const missing: ReadonlySet<string> = new Set(['EXPR_MISSING', 'EXPR_TYPE', 'EXPR_UNKNOWN_NAME']);

function readReference(text: string, error: ExpressionError): Reference | undefined {
  if (!missing.has(error.code)) return undefined;
  const part = parseTemplate(text).parts.find(({ start, end }) => start <= error.start && error.end <= end);
  const braced = part?.kind === 'expression' ? part.result : undefined;
  const { node } = braced ?? parseExpression(text);
  return node && referenceAt(node, error);
}

/** Undefined where the words of the evaluator say it best: what is read is there, and something else is wrong. */
function wordsFor(run: Run, text: string, reference: Reference, setting: Setting): Words | undefined {
  const shown = `\`${text.slice(reference.start, reference.end)}\``;
  const names = reference.path.map(({ name }) => name);
  const [first, ...rest] = names;
  switch (reference.root) {
    case 'result':
      return setting.current && !setting.current.isGiven
        ? noResult(shown, setting.current.name, names)
        : undefined;
    case 'tasks':
      return first === undefined ? undefined : wordsForTask(run, shown, first, rest);
    case 'vars':
      return first === undefined ? undefined : wordsForVar(run, shown, first);
    case 'parameters':
    case 'config':
    case 'keystore':
    case 'system': {
      if (first === undefined || run.given[reference.root].has(first)) return undefined;
      const who =
        reference.root === 'config' ? 'neither the pack nor the parameter file' : 'no parameter file';
      return wanted(`${shown} has no value: ${who} gives it`, [reference.root, ...names]);
    }
    default:
      return undefined;
  }
}

function wordsForVar({ vars, given }: Run, shown: string, name: string): Words | undefined {
  if (vars.has(name) || given.parameters.has(name)) return undefined;
  const near = suggest(name, vars.keys());
  const help =
    near === undefined
      ? 'declare it in `vars`, so that it exists on every path'
      : `did you mean \`${near}\`?`;
  return { message: `${shown} has no value here: no task has published \`${name}\``, help, isOpen: true };
}

function wordsForTask(run: Run, shown: string, name: string, rest: readonly string[]): Words | undefined {
  const ended = run.ended.get(name);
  if (ended === undefined) {
    const message = `${shown} has no value here: \`${name}\` has not ended`;
    const help =
      'only the results of tasks that have ended can be read; change the order, or publish a variable';
    return { message, help, isOpen: true };
  }
  const isGiven = run.given.results.get(name)?.some(({ result }) => result !== undefined) ?? false;
  return isGiven || rest[0] !== 'result' ? undefined : noResult(shown, name, rest.slice(1));
}

function noResult(shown: string, task: string, members: readonly string[]): Words {
  return wanted(`${shown} has no value: no result of \`${task}\` is given`, [
    'results',
    task,
    'result',
    ...members,
  ]);
}

function wanted(message: string, wants: readonly string[]): Words {
  return { message, help: `add \`${flowText(wants)}\` to the file of --params`, wants };
}

/** `results: { count: { result: { missing: … } } }` */
function flowText(path: readonly string[]): string {
  const [first = '', ...rest] = path.map((name) =>
    /^[A-Za-z_][\w-]*$/.test(name) ? name : JSON.stringify(name),
  );
  const inner = rest.reduceRight((value, name) => `{ ${name}: ${value} }`, '…');
  return `${first}: ${inner}`;
}
