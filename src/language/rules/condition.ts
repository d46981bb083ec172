// What the text of a condition proves: in which endings of its task it may hold, and which conditions exclude each other.
// Whatever is not proven is taken as possible. Evaluates nothing.
import type { Node } from '../expression/ast.ts';
import { parseExpression } from '../expression/parse.ts';
import { printExpression } from '../expression/print.ts';
import type { TaskState } from '../expression/scope.ts';
import { parseTemplate } from '../expression/template.ts';
import { walkNames } from '../expression/walk.ts';

const states: readonly TaskState[] = ['succeeded', 'failed', 'timed_out'];

/** One way in which a condition can hold: everything in it at once. */
type Alternative = {
  /** How the task may have ended then. */
  readonly endings: ReadonlySet<TaskState>;
  readonly facts: readonly Fact[];
};

/** Something that is asked of what stays the same while the transitions of one task are looked at. */
type Fact = {
  /** The question as it is printed. */
  readonly key: string;
  readonly holds: boolean;
  /** For `key == literal`, what it is compared with. */
  readonly literal: string | undefined;
};

/** The alternatives of a condition; undefined where its text tells nothing. */
export type Condition = readonly Alternative[] | undefined;

/** Parts of one condition that are looked at, at most: every pair is compared. */
const maxParts = 16;

/** Reads the `when` of a transition; without one it holds in every ending. Linear in the text. */
export function readCondition(when: unknown): Condition {
  if (when === undefined) return [{ endings: new Set(states), facts: [] }];
  const read = typeof when === 'string' ? readWhen(when) : undefined;
  if (read === undefined) return undefined;
  // The parts of one without braces are not looked at by themselves: where one fails, the condition counts as true.
  const parts = read.isBare ? [read.node] : split(read.node, 'or');
  if (parts.length > maxParts) return undefined;
  return parts.map((part) => ({
    endings: new Set(states.filter((state) => valueIn(part, state, read.isBare) !== false)),
    facts: read.isBare || !isBoolean(read.node) ? [] : split(part, 'and').slice(0, maxParts).flatMap(factsOf),
  }));
}

/** True for conditions that cannot hold, however the task ended. */
export function neverHolds(condition: Condition): boolean {
  return condition?.every((one) => one.endings.size === 0 || contradict(one.facts, one.facts)) ?? false;
}

/** True for a `when` that is left out or holds however the task ended. */
export function alwaysHolds(when: unknown): boolean {
  if (when === undefined) return true;
  if (typeof when !== 'string' || !mayAlwaysHold(when)) return false;
  const read = readWhen(when);
  return read !== undefined && states.every((state) => valueIn(read.node, state, true) === true);
}

/** Without these words none is proven to hold, and hardly any condition has them: the rest need not be parsed for it. */
function mayAlwaysHold(when: string): boolean {
  return when.includes('true') || (when.includes('succeeded') && when.includes('timed_out'));
}

/** True where no task can end so that both hold. */
export function excludes(a: Condition, b: Condition): boolean {
  if (a === undefined || b === undefined) return false;
  return a.every((one) => b.every((other) => areApart(one, other)));
}

function areApart(a: Alternative, b: Alternative): boolean {
  const shared = [...a.endings].some((state) => b.endings.has(state));
  return !shared || contradict(a.facts, b.facts);
}

function contradict(some: readonly Fact[], others: readonly Fact[]): boolean {
  return some.some((one) =>
    others.some(({ key, holds, literal }) => {
      if (key !== one.key) return false;
      if (literal === one.literal) return holds !== one.holds;
      return holds && one.holds && literal !== undefined && one.literal !== undefined;
    }),
  );
}

type Read = {
  readonly node: Node;
  /** Without braces: where it cannot be evaluated its text is taken, which is true. */
  readonly isBare: boolean;
};

/** The expression that a condition is; text around one makes it another thing. */
function readWhen(text: string): Read | undefined {
  const bare = parseExpression(text).node;
  if (bare !== undefined) return { node: bare, isBare: true };
  const node = parseTemplate(text).whole?.result.node;
  return node && { node, isBare: false };
}

/** True where only truth counts: of a list in braces the text counts, and that of an empty one is true. */
function isBoolean(node: Node): boolean {
  return node.kind === 'binary' || (node.kind === 'unary' && node.operator === 'not');
}

function split(node: Node, operator: 'or' | 'and'): Node[] {
  const parts: Node[] = [];
  let rest = node;
  while (rest.kind === 'binary' && rest.operator === operator) {
    parts.push(rest.right);
    rest = rest.left;
  }
  parts.push(rest);
  return parts.reverse();
}

/**
 * Whether an expression holds for a task that ended so; undefined where that depends on more. Where it is not exact, true
 * and false leave open that the expression fails to be evaluated instead.
 */
function valueIn(node: Node, state: TaskState, isExact: boolean): boolean | undefined {
  switch (node.kind) {
    case 'literal':
      if (typeof node.value === 'boolean') return node.value;
      return node.value === null || node.value === 0n ? false : undefined;
    case 'call':
      return endingIn(node.name, state);
    case 'unary': {
      const value = node.operator === 'not' ? valueIn(node.operand, state, isExact) : undefined;
      return value === undefined ? undefined : !value;
    }
    case 'binary':
      if (node.operator === 'and') return allIn(split(node, 'and'), state, isExact);
      return node.operator === 'or' ? anyIn(split(node, 'or'), state, isExact) : undefined;
    default:
      return undefined;
  }
}

function endingIn(name: string, state: TaskState): boolean | undefined {
  if (name === state) return true;
  // Where a timeout counts as a failure too, `failed()` holds for both.
  if (name === 'failed' && state === 'timed_out') return undefined;
  return states.some((one) => one === name) ? false : undefined;
}

function allIn(parts: readonly Node[], state: TaskState, isExact: boolean): boolean | undefined {
  let isKnown = true;
  for (const part of parts) {
    const value = valueIn(part, state, isExact);
    if (value === false && (isKnown || !isExact)) return false;
    if (value !== true) isKnown = false;
  }
  return isKnown ? true : undefined;
}

function anyIn(parts: readonly Node[], state: TaskState, isExact: boolean): boolean | undefined {
  const values = parts.map((part) => valueIn(part, state, isExact));
  if (!isExact && values.includes(true)) return true;
  return values.find((value) => value !== false) ?? (values.includes(undefined) ? undefined : false);
}

const opposites: ReadonlyMap<string, '==' | '<' | '>'> = new Map([
  ['!=', '=='],
  ['>=', '<'],
  ['<=', '>'],
]);

function factsOf(node: Node): Fact[] {
  return isSteady(node) ? [factOf(node)] : [];
}

function factOf(node: Node): Fact {
  if (node.kind === 'unary' && node.operator === 'not') {
    const fact = factOf(node.operand);
    return { ...fact, holds: !fact.holds };
  }
  if (node.kind !== 'binary') return { key: printExpression(node), holds: true, literal: undefined };
  const operator = opposites.get(node.operator) ?? node.operator;
  const holds = operator === node.operator;
  if (operator === '==' && node.right.kind === 'literal') {
    const { right } = node;
    // 3 and 3.0 are equal.
    const literal = typeof right.value === 'bigint' ? String(Number(right.value)) : printExpression(right);
    return { key: printExpression(node.left), holds, literal: literal.replace(/\.0+$/, '') };
  }
  return { key: printExpression({ ...node, operator }), holds, literal: undefined };
}

/** Roots that no transition changes; a variable is published by one and seen by the next. */
const steadyRoots: ReadonlySet<string> = new Set(['parameters', 'config', 'item', 'index']);

function isSteady(node: Node): boolean {
  return walkNames(node).every((use) => use.kind === 'call' || steadyRoots.has(use.root));
}
