// Third stage of an expression: syntax tree and scope → value, or the first thing that goes wrong. Pure and bounded.
import {
  type BinaryNode,
  type CallNode,
  type HeadNode,
  type IndexNode,
  type MemberNode,
  type Node,
  spineOf,
} from './ast.ts';
import { at, type ExpressionError, type Fault } from './fault.ts';
import type { Cost } from './function-rule.ts';
import { arityFault, arityOf, ruleOf, taskFunctions } from './functions.ts';
import { createMeter, type Limits, type Meter, maxDepth } from './limits.ts';
import { applyOperator, negate, payFor } from './operators.ts';
import { lookUp, type Scope } from './scope.ts';
import { countPoints, nearest, pointAt, shorten } from './text.ts';
import { unknownFunction } from './unknown-function.ts';
import { isFault, isList, isObject, isTruthy, kindOf, type Value, weigh } from './value.ts';

export type Evaluation = { readonly value: Value } | { readonly error: ExpressionError };

type Outcome = Value | ExpressionError;

type Run = {
  readonly scope: Scope;
  readonly meter: Meter;
  depth: number;
};

/**
 * A level of nesting takes at most one turn of the evaluator for each level of precedence, so no tree that was parsed comes
 * near this; a tree built by hand ends here instead of at the end of the stack.
 */
const maxTurns = maxDepth * 10;

const isError = (outcome: Outcome): outcome is ExpressionError => isFault<ExpressionError>(outcome);

/** Evaluates a tree. Never throws for any tree, scope or limits; an error has its place in the text the tree came from. */
export function evaluate(node: Node, scope: Scope, limits?: Limits): Evaluation {
  const outcome = evaluateWith(node, scope, createMeter(limits));
  return isError(outcome) ? { error: outcome } : { value: outcome };
}

/** The same on a meter that several expressions share. */
export function evaluateWith(node: Node, scope: Scope, meter: Meter): Outcome {
  const outcome = visit(node, { scope, meter, depth: 0 });
  if (isError(outcome)) return outcome;
  const over = meter.allow(weigh(outcome, meter));
  return over === undefined ? outcome : at(over, node.start, node.end);
}

/** Chains are followed in a loop: `a + b + c …` and `a.b.c …` may be as long as a text. */
function visit(node: Node, run: Run): Outcome {
  run.depth += 1;
  if (run.depth > maxTurns) return tooDeep(node);
  const { head, spine } = spineOf(node);
  let outcome = visitHead(head, run);
  for (const next of spine) {
    if (isError(outcome)) break;
    const over = run.meter.spend(1);
    if (over !== undefined) outcome = at(over, next.start, next.end);
    else if (next.kind === 'binary') outcome = visitBinary(next, outcome, run);
    else if (next.kind === 'member') outcome = visitMember(next, outcome);
    else outcome = visitIndex(next, outcome, run);
  }
  run.depth -= 1;
  return outcome;
}

function tooDeep(node: Node): ExpressionError {
  const message = `the expression is nested more than ${maxDepth} levels deep`;
  return { code: 'EXPR_LIMIT', message, start: node.start, end: node.end };
}

function placed(outcome: Value | Fault, { start, end }: Node): Outcome {
  return isFault<Fault>(outcome) ? at(outcome, start, end) : outcome;
}

function visitHead(node: HeadNode, run: Run): Outcome {
  const over = run.meter.spend(1);
  if (over !== undefined) return at(over, node.start, node.end);
  switch (node.kind) {
    case 'literal':
      return node.value;
    case 'name':
      return placed(lookUp(node.name, run.scope), node);
    case 'list': {
      const items = visitAll(node.items, run);
      if ('error' in items) return items.error;
      return placed(run.meter.allow(weigh(items.values, run.meter)) ?? items.values, node);
    }
    case 'unary': {
      const operand = visit(node.operand, run);
      if (isError(operand)) return operand;
      return node.operator === 'not' ? !isTruthy(operand) : placed(negate(operand), node);
    }
    case 'call':
      return visitCall(node, run);
  }
}

function visitAll(
  nodes: readonly Node[],
  run: Run,
): { readonly values: readonly Value[] } | { readonly error: ExpressionError } {
  const values: Value[] = [];
  for (const node of nodes) {
    const outcome = visit(node, run);
    if (isError(outcome)) return { error: outcome };
    values.push(outcome);
  }
  return { values };
}

function visitBinary(node: BinaryNode, left: Value, run: Run): Outcome {
  const { operator } = node;
  if (operator === 'and' && !isTruthy(left)) return false;
  if (operator === 'or' && isTruthy(left)) return true;
  const right = visit(node.right, run);
  if (isError(right)) return right;
  if (operator === 'and' || operator === 'or') return isTruthy(right);
  return placed(applyOperator(operator, left, right, run.meter), node);
}

function visitMember(node: MemberNode, object: Value): Outcome {
  const { start, end } = node.at;
  const name = shorten(node.name);
  if (!isObject(object)) {
    const message = `${kindOf(object)} has no members, so no \`${name}\``;
    return { code: 'EXPR_TYPE', message, start, end };
  }
  const value = object.get(node.name);
  if (value !== undefined) return value;
  const near = nearest(node.name, object.keys());
  const fault = {
    code: 'EXPR_MISSING',
    message: `there is no \`${name}\` in the object`,
    start,
    end,
  } as const;
  return near === undefined ? fault : { ...fault, help: `did you mean \`${near}\`?` };
}

function visitIndex(node: IndexNode, object: Value, run: Run): Outcome {
  const index = visit(node.index, run);
  if (isError(index)) return index;
  return placed(elementOf(object, index, run.meter), node.index);
}

function elementOf(object: Value, index: Value, meter: Meter): Value | Fault {
  if (isObject(object)) {
    if (typeof index !== 'string') return wrongIndex('an object', 'a string', index);
    const value = object.get(index);
    if (value !== undefined) return value;
    return { code: 'EXPR_MISSING', message: 'the object has no such key' };
  }
  if (!isList(object) && typeof object !== 'string') {
    const message = `only a list, an object or a string has places, not ${kindOf(object)}`;
    return { code: 'EXPR_TYPE', message };
  }
  const kind = isList(object) ? 'a list' : 'a string';
  if (typeof index !== 'bigint') return wrongIndex(kind, 'an integer', index);
  // The characters of a string are counted through.
  const over = isList(object) ? undefined : payFor(object.length, meter);
  if (over !== undefined) return over;
  const length = isList(object) ? object.length : countPoints(object);
  const place = index < 0n ? length + Number(index) : Number(index);
  const value = place < 0 ? undefined : isList(object) ? object[place] : pointAt(object, place);
  if (value !== undefined) return value;
  return { code: 'EXPR_RANGE', message: `the index is outside ${kind} of ${length}` };
}

function wrongIndex(what: string, takes: string, index: Value): Fault {
  return { code: 'EXPR_TYPE', message: `an index of ${what} is ${takes}, not ${kindOf(index)}` };
}

function visitCall(node: CallNode, run: Run): Outcome {
  if (arityOf(node.name) === undefined) {
    return at(unknownFunction(node.name), node.at.start, node.at.end);
  }
  const arity = arityFault(node.name, node.args.length);
  if (arity !== undefined) return at(arity, node.start, node.end);
  const args = visitAll(node.args, run);
  if ('error' in args) return args.error;
  if (taskFunctions.includes(node.name)) return placed(askTask(node.name, run.scope), node);
  const outcome = callFunction(node.name, args.values, run.meter);
  if (!isFault<Fault>(outcome)) return outcome;
  return placed(outcome, (outcome.argument === undefined ? undefined : node.args[outcome.argument]) ?? node);
}

function askTask(name: string, { current }: Scope): Value | Fault {
  if (current === undefined) {
    const message = `\`${name}()\` has a meaning only where a task has just ended`;
    return { code: 'EXPR_MISSING', message, help: 'use it in `next`, or name the task: `task.NAME.result`' };
  }
  return name === 'result' ? current.result : current.state === name;
}

function callFunction(name: string, args: readonly Value[], meter: Meter): Value | Fault {
  const rule = ruleOf(name);
  if (rule === undefined) return unknownFunction(name);
  const over = payFor(costOf(rule.cost, args, meter), meter);
  if (over !== undefined) return over;
  const outcome = rule.run(args, meter);
  if (isFault<Fault>(outcome)) return outcome;
  return (rule.cost === 'nothing' ? undefined : meter.allow(weigh(outcome, meter))) ?? outcome;
}

/** In bytes. */
function costOf(cost: Cost, args: readonly Value[], meter: Meter): number {
  switch (cost) {
    case 'heavy':
      return 4 * costOf('deep', args, meter);
    case 'deep':
      return args.reduce((bytes: number, value) => bytes + weigh(value, meter), 0);
    case 'flat':
      return args.reduce((bytes: number, value) => bytes + widthOf(value), 0);
    case 'nothing':
      return 0;
  }
}

/** Bytes of a value without what it holds. */
function widthOf(value: Value): number {
  if (typeof value === 'string') return value.length;
  if (isList(value)) return value.length * 8;
  return isObject(value) ? value.size * 16 : 0;
}
