// Arguments of client commands → what can be asked with, or a sentence that says what was expected. Pure.
import type { CommandContext, CommandInput } from './context.ts';
import { exitCodes } from './context.ts';

/** What is wrong with an argument, in one sentence. */
export type Mistake = { readonly mistake: string };

export function isMistake(value: unknown): value is Mistake {
  return typeof value === 'object' && value !== null && 'mistake' in value;
}

/** Tells it and gives the exit code of usage. */
export function tellMistake(context: CommandContext, { mistake }: Mistake): number {
  context.err(`packwatch: ${mistake}\n`);
  return exitCodes.usage;
}

/** The argument REF at this place. */
export function readRef({ args }: CommandInput, place = 0): string | Mistake {
  const text = args[place] ?? '';
  if (isRef(text)) return text;
  const advice = isPathLike(text) ? '; `packwatch explain` takes paths' : '';
  return {
    mistake: `${JSON.stringify(text)} is no ref: expected PACK.NAME, such as release.canary${advice}`,
  };
}

/** Refs as they may be registered; anything else never was one. */
export function isRef(text: string): boolean {
  return text.length <= 255 && /^[a-z][a-z0-9_-]*\.[a-z0-9][a-z0-9_-]*$/i.test(text) && !isPathLike(text);
}

/** A name of a file would pass for a ref. */
function isPathLike(text: string): boolean {
  return text.includes('/') || /\.ya?ml$/.test(text);
}

/** A whole number from 1; undefined when it was not given. */
export function readNumber(text: string | boolean | undefined, what: string): number | undefined | Mistake {
  if (text === undefined) return undefined;
  const number = typeof text === 'string' && /^\d{1,9}$/.test(text) ? Number(text) : 0;
  return number > 0
    ? number
    : { mistake: `${JSON.stringify(text)} is no ${what}: expected a whole number from 1` };
}

/** The text of a flag, where it was given. */
export function textOf({ options }: CommandInput, flag: string): string | undefined {
  const value = options[flag];
  return typeof value === 'string' ? value : undefined;
}

/** The words of a flag that takes some, separated by commas. */
export function wordsOf(input: CommandInput, flag: string): readonly string[] {
  return (textOf(input, flag) ?? '').split(',').filter((word) => word !== '');
}
