// A condition as an expression: its tree, how it is shown, and what it says of the state of a task. Evaluates nothing.
import { type Node, spineOf } from './expression/ast.ts';
import { parseExpression } from './expression/parse.ts';
import { printExpression } from './expression/print.ts';
import type { TaskState } from './expression/scope.ts';
import { parseTemplate } from './expression/template.ts';

const taskStates: readonly TaskState[] = ['succeeded', 'failed', 'timed_out'];

/** The tree of a `when` or a `with_items`: bare, or one `{{ }}`; undefined for a text and for what does not parse. */
export function conditionNode(text: string): Node | undefined {
  const bare = parseExpression(text);
  return bare.node ?? parseTemplate(text).whole?.result.node;
}

/** The condition in one line without braces; `succeeded()` is told as `succeeded`. */
export function conditionText(text: string): string {
  const node = conditionNode(text);
  const shown = node === undefined ? text : printExpression(node);
  return shown
    .replaceAll(/"(?:[^"\\]|\\.)*"|\b(succeeded|failed|timed_out)\(\)/g, (whole, state) => state ?? whole)
    .replaceAll(/\s+/g, ' ')
    .trim();
}

/** Whether the condition holds when the task ended so, as far as the state decides it: undefined where more does. */
export function holdsIn(when: string, state: TaskState): boolean | undefined {
  const node = conditionNode(when);
  return node === undefined ? undefined : truthIn(node, state);
}

/** True, false, or undefined where it depends on more than the state. */
function truthIn(node: Node, state: TaskState): boolean | undefined {
  const { head, spine } = spineOf(node);
  let truth = truthOfHead(head, state);
  for (const next of spine) {
    if (next.kind !== 'binary' || (next.operator !== 'and' && next.operator !== 'or')) truth = undefined;
    else {
      const right = truthIn(next.right, state);
      const decides = next.operator === 'or';
      if (truth === decides || right === decides) truth = decides;
      else truth = truth === undefined || right === undefined ? undefined : !decides;
    }
  }
  return truth;
}

function truthOfHead(head: Node, state: TaskState): boolean | undefined {
  if (head.kind === 'call') {
    return taskStates.some((name) => name === head.name) ? head.name === state : undefined;
  }
  if (head.kind === 'unary' && head.operator === 'not') {
    const truth = truthIn(head.operand, state);
    return truth === undefined ? undefined : !truth;
  }
  return head.kind === 'literal' && typeof head.value === 'boolean' ? head.value : undefined;
}
