// An expression that fails in the walk → a finding that says what was not given, and how to give it.
import type { Failed, Rendered } from '../../model/render.ts';
import type { ExpressionError } from '../expression/fault.ts';
import { parseExpression } from '../expression/parse.ts';
import { parseTemplate } from '../expression/template.ts';
import { within } from '../problem.ts';
import { type Reference, referenceAt } from './reference.ts';
import type { Run, Setting, Spot } from './run.ts';

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
  const reference = readReference(spot.text, error);
  const words = reference && wordsFor(run, spot.text, reference, setting);
  if (words?.isOpen && !setting.isReached) return { kind: 'unknown', why: words.message };
  if (words === undefined) return failWith(run, spot, error);
  const { message, help, wants } = words;
  return failWith(run, spot, { ...error, message, help }, wants);
}

/** The same for an error that says everything itself. */
export function failWith(run: Run, { at }: Spot, error: ExpressionError, wants?: readonly string[]): Failed {
  const { code, message, help, start, end } = error;
  const position = run.locator.locatePlace(within(at, { start, end }));
  const advice = help === undefined ? {} : { help };
  const finding = { code, severity: 'error', message, ...position, ...advice } as const;
  const failed: Failed = { kind: 'failed', finding, wants };
  run.failures.push(failed);
  return failed;
}

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
      if (first === undefined || run.vars.has(first)) return undefined;
      return {
        message: `${shown} has no value here: no task has published \`${first}\``,
        help: 'declare it in `vars`, so that it exists on every path',
        isOpen: true,
      };
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
