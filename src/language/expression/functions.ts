// The functions of the language by name: what static checks ask of them, and what evaluation calls.
import type { Fault } from './fault.ts';
import { functionForms } from './function-forms.ts';
import { listFunctions } from './function-lists.ts';
import { numberFunctions } from './function-numbers.ts';
import type { FunctionRule } from './function-rule.ts';
import { textFunctions } from './function-text.ts';

/** Functions about the task that has just ended. They take any arguments and ignore their values. */
export const taskFunctions: readonly string[] = ['result', 'succeeded', 'failed', 'timed_out'];

const rules: ReadonlyMap<string, FunctionRule> = new Map<string, FunctionRule>(
  Object.entries({ ...numberFunctions, ...textFunctions, ...listFunctions }),
);

/** Every function there is. */
export const functionNames: readonly string[] = [...rules.keys(), ...taskFunctions].sort();

/** How many arguments a function takes; undefined when there is no such function. */
export function arityOf(name: string): { readonly min: number; readonly max: number } | undefined {
  if (taskFunctions.includes(name)) return { min: 0, max: Number.POSITIVE_INFINITY };
  const rule = rules.get(name);
  return rule === undefined ? undefined : { min: rule.min, max: rule.max };
}

/** The rule of a function; undefined for those about a task and when there is none. */
export function ruleOf(name: string): FunctionRule | undefined {
  return rules.get(name);
}

/** Too few arguments for a function that there is, or too many. */
export function arityFault(name: string, count: number): Fault | undefined {
  const arity = arityOf(name);
  if (arity === undefined || (count >= arity.min && count <= arity.max)) return undefined;
  const { min, max } = arity;
  const takes = `${min === max ? min : `${min} to ${max}`} argument${max === 1 ? '' : 's'}`;
  const message = `\`${name}\` takes ${takes}, not ${count}`;
  return { code: 'EXPR_ARITY', message, help: `write \`${functionForms.get(name) ?? `${name}()`}\`` };
}
