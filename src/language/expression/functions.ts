// The functions of the language by name: what static checks ask of them, and what evaluation calls.
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

/** `2 arguments`, `1 to 2 arguments`, for messages. */
export function arityWords({ min, max }: { readonly min: number; readonly max: number }): string {
  const count = min === max ? `${min}` : `${min} to ${max}`;
  return `${count} argument${max === 1 ? '' : 's'}`;
}
