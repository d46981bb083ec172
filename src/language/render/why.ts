// A condition and a scope → why it holds or not, in words: the condition, the same with values, the answer.

import { conditionNode, conditionText } from '../condition.ts';
import { type BinaryNode, type Node, precedence } from '../expression/ast.ts';
import { evaluate } from '../expression/evaluate.ts';
import { parseExpression } from '../expression/parse.ts';
import type { WhenResult } from '../expression/render.ts';
import type { Scope } from '../expression/scope.ts';
import { isTruthy, toJsonText } from '../expression/value.ts';

/** UTF-16 units of a condition beyond which it is not told with values. */
const maxLength = 500;
/** Letters of a value that are shown. */
const maxValue = 40;

/** A condition that did not fail. */
type Answer = Exclude<WhenResult, { readonly error: unknown }>;

/** `length(result().missing) > 0 → 2 > 0 → true`. */
export function explainWhen(text: string, scope: Scope, outcome: Answer): string {
  const shown = conditionText(text);
  const answer = String(outcome.value);
  const node = conditionNode(text);
  if (isMistakenText(text, outcome)) {
    return `${shown} → fails, so it counts as text → ${answer}`;
  }
  if (node === undefined || text.length > maxLength) return `${shown} → as text → ${answer}`;
  const steps = [shown, explain(node, scope), answer];
  return steps.filter((step, place) => step !== steps[place - 1]).join(' → ');
}

/** A bare condition that is an expression, fails, and so counts as text: hardly what was meant. */
export function isMistakenText(text: string, outcome: Answer): boolean {
  return outcome.as === 'text' && parseExpression(text).node !== undefined;
}

/** The tree with a value in place of what is compared, and `…` for what is not looked at any more. */
function explain(node: Node, scope: Scope): string {
  if (node.kind === 'unary' && node.operator === 'not') return `not ${inside(node.operand, 7, scope)}`;
  if (node.kind !== 'binary' || precedence[node.operator] > 4) return shownValue(node, scope);
  const { operator, left, right } = node;
  if (operator !== 'and' && operator !== 'or') {
    return `${shownValue(left, scope)} ${operator} ${shownValue(right, scope)}`;
  }
  const before = inside(left, precedence[operator], scope);
  return `${before} ${operator} ${isDecided(node, scope) ? '…' : inside(right, precedence[operator] + 1, scope)}`;
}

function inside(node: Node, least: number, scope: Scope): string {
  const text = explain(node, scope);
  return node.kind === 'binary' && precedence[node.operator] < least ? `(${text})` : text;
}

/** The left side settles it. */
function isDecided({ operator, left }: BinaryNode, scope: Scope): boolean {
  const outcome = evaluate(left, scope);
  return 'value' in outcome && isTruthy(outcome.value) === (operator === 'or');
}

function shownValue(node: Node, scope: Scope): string {
  const outcome = evaluate(node, scope);
  if ('error' in outcome) return '✗';
  const text = toJsonText(outcome.value);
  return text.length > maxValue ? `${text.slice(0, maxValue)}…` : text;
}
