// Static check: what an expression names and calls, against what there is. Evaluates nothing.
import type { DiagnosticCode } from '../../model/diagnostic.ts';
import type { Node, Span } from './ast.ts';
import { arityFault, arityOf, taskFunctions } from './functions.ts';
import { memberHelp, nameHelp, written, writtenMember, writtenName } from './name-help.ts';
import type { Names, Setting } from './names.ts';
import { type Namespace, namespaceOf } from './scope.ts';
import { nearest, shorten } from './text.ts';
import { unknownFunction } from './unknown-function.ts';
import { type CallUse, type NameUse, type Use, walkNames } from './walk.ts';

/** What is wrong with an expression, and where in the text it came from. */
export type StaticFault = Span & {
  readonly code: Extract<DiagnosticCode, `EXPR_${string}`>;
  readonly message: string;
  /** The parameter, variable or task that is not known. */
  readonly member?: string;
  /** A function where the words take work. */
  readonly help?: string | (() => string | undefined);
};

/** Findings of one expression, and of one string: more than a file may have. */
export const maxFaults = 100;

/** What is wrong with the names and calls of a tree that was parsed from `text`, in its order. */
export function checkNames(text: string, node: Node, names: Names, setting: Setting): StaticFault[] {
  const faults: StaticFault[] = [];
  // `a-b` is a subtraction; where it was meant as one name, what is said of `a` says all.
  let skipTo = 0;
  for (const use of walkNames(node)) {
    if (faults.length >= maxFaults) break;
    if (placeOf(text, use).start < skipTo) continue;
    if (use.kind === 'call') {
      const fault = checkCall(use, setting);
      if (fault !== undefined) faults.push(fault);
      continue;
    }
    const found = checkName(text, use, names, setting);
    if (found === undefined) continue;
    faults.push(found.fault);
    skipTo = found.skipTo;
  }
  return faults;
}

function checkCall({ name, at, args }: CallUse, { hasResult }: Setting): StaticFault | undefined {
  const { start, end } = at;
  if (arityOf(name) === undefined) {
    return { ...unknownFunction(name), code: 'EXPR_UNKNOWN_FUNCTION', start, end };
  }
  const arity = arityFault(name, args.length);
  if (arity !== undefined) return { ...arity, code: 'EXPR_ARITY', start, end };
  if (hasResult || !taskFunctions.includes(name)) return undefined;
  const message = `\`${name}()\` is about a task that has just ended, and none has here`;
  const help = name === 'result' ? 'name the task: `task.NAME.result`' : 'ask in a `when` of `next`';
  return { code: 'EXPR_CONTEXT', message, help, start, end };
}

/** A fault, and where the name ends that was most likely meant. */
type Found = { readonly fault: StaticFault; readonly skipTo: number };

function checkName(text: string, use: NameUse, names: Names, setting: Setting): Found | undefined {
  const namespace = namespaceOf(use.root);
  if (namespace === undefined) return checkBare(text, use, names);
  if (namespace === 'item' || namespace === 'index') {
    if (setting.hasItem) return undefined;
    const message = `\`${use.root}\` has no meaning here: there are no items`;
    const help = 'it exists in a task with `with_items`';
    return { fault: { code: 'EXPR_CONTEXT', message, help, ...placeOf(text, use) }, skipTo: 0 };
  }
  return checkMember(text, use, namespace, names);
}

/** Of the name itself: parentheses around it belong to the node, and nothing but them stands before it. */
function placeOf(text: string, use: Use): Span {
  if (use.kind === 'call') return use.at;
  const start = text.indexOf(use.root, use.start);
  return { start, end: start + use.root.length };
}

function checkBare(text: string, use: NameUse, names: Names): Found | undefined {
  const { root } = use;
  if (names.vars === undefined || names.vars.has(root)) return undefined;
  const { start, end } = placeOf(text, use);
  const meant = writtenName(text, start, names);
  const message = `there is no variable \`${shorten(root)}\``;
  const help = nameHelp(root, meant, names);
  return {
    fault: { code: 'EXPR_UNKNOWN_NAME', message, help, start, end },
    skipTo: start + (meant?.name.length ?? 0),
  };
}

const members = {
  parameters: { code: 'EXPR_UNKNOWN_PARAMETER', word: 'parameter' },
  vars: { code: 'EXPR_UNKNOWN_VARIABLE', word: 'variable' },
  tasks: { code: 'EXPR_UNKNOWN_TASK', word: 'task' },
} as const;

function checkMember(text: string, use: NameUse, namespace: Namespace, names: Names): Found | undefined {
  if (namespace !== 'parameters' && namespace !== 'vars' && namespace !== 'tasks') return undefined;
  const [member] = use.path;
  const known = names[namespace];
  if (member === undefined) return undefined;
  if (known === undefined || known.has(member.name)) {
    return namespace === 'tasks' ? checkBelowTask(use) : undefined;
  }
  const { code, word } = members[namespace];
  const { name, start, end } = member;
  const meant = writtenMember(text, start, known);
  const message = `there is no ${word} \`${shorten(name)}\` in this workflow`;
  const help = memberHelp(use.root, name, meant, known);
  return { fault: { code, message, member: name, help, start, end }, skipTo: start + (meant?.length ?? 0) };
}

/** What is asked of a task beside its result, and means how it ended. */
const endings: ReadonlySet<string> = new Set([
  'state',
  'status',
  'succeeded',
  'failed',
  'timed_out',
  'error',
]);

function checkBelowTask(use: NameUse): Found | undefined {
  const [task, below] = use.path;
  if (task === undefined || below === undefined || below.name === 'result') return undefined;
  const { name, start, end } = below;
  const message = `of a task only \`result\` is known, not \`${shorten(name)}\``;
  const help = () => belowTaskHelp(written(use.root, task.name), name);
  return { fault: { code: 'EXPR_MISSING', message, help, start, end }, skipTo: 0 };
}

function belowTaskHelp(task: string, name: string): string {
  if (endings.has(name)) {
    return 'how a task ended is asked in its own `next`: `succeeded()`, `failed()`, `timed_out()`';
  }
  const isSlip = nearest(name, ['result']) !== undefined;
  return `did you mean \`${isSlip ? `${task}.result` : written(`${task}.result`, shorten(name))}\`?`;
}
