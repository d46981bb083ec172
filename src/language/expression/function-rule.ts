// What a built-in function is: the kinds of its parameters, what looking at them costs, and what it does.
import type { Fault } from './fault.ts';
import type { Meter } from './limits.ts';
import { isList, isNumber, isObject, kindOf, type ListValue, type ObjectValue, type Value } from './value.ts';

type Kinds = {
  any: Value;
  string: string;
  list: ListValue;
  object: ObjectValue;
  integer: bigint;
  'integer?': bigint | undefined;
  number: bigint | number;
  'list or string': ListValue | string;
};
type Kind = keyof Kinds;
type Arguments<Parameters extends readonly Kind[]> = {
  [Index in keyof Parameters]: Kinds[Parameters[Index]];
};

/**
 * What a call costs before it runs: by the size of its arguments with all they hold (`deep`; `heavy` four times as much),
 * by the number of their elements or characters (`flat`), or nothing. What depends on the values is paid for by `run`.
 */
export type Cost = 'heavy' | 'deep' | 'flat' | 'nothing';

export type FunctionRule = {
  readonly min: number;
  readonly max: number;
  readonly cost: Cost;
  /** The call's value; a fault also when an argument is of the wrong kind. The number of arguments is right. */
  readonly run: (args: readonly Value[], meter: Meter) => Value | Fault;
};

const takes: Readonly<Record<Kind, { readonly words: string; readonly accepts: (value: Value) => boolean }>> =
  {
    any: { words: 'a value', accepts: () => true },
    string: { words: 'a string', accepts: (value) => typeof value === 'string' },
    list: { words: 'a list', accepts: isList },
    object: { words: 'an object', accepts: isObject },
    integer: { words: 'an integer', accepts: (value) => typeof value === 'bigint' },
    'integer?': { words: 'an integer', accepts: (value) => typeof value === 'bigint' },
    number: { words: 'a number', accepts: isNumber },
    'list or string': {
      words: 'a list or a string',
      accepts: (value) => isList(value) || typeof value === 'string',
    },
  };

/** A function of these parameters; those with a `?` come last and may be left out. */
export function defineFunction<const Parameters extends readonly Kind[]>(
  parameters: Parameters,
  run: (args: Arguments<Parameters>, meter: Meter) => Value | Fault,
  cost: Cost = 'deep',
): FunctionRule {
  return {
    min: parameters.filter((kind) => !kind.endsWith('?')).length,
    max: parameters.length,
    cost,
    run: (args, meter) => {
      for (const [argument, value] of args.entries()) {
        const kind = takes[parameters[argument] ?? 'any'];
        if (!kind.accepts(value)) {
          const message = `expected ${kind.words}, found ${kindOf(value)}`;
          return { code: 'EXPR_TYPE', message, argument };
        }
      }
      return run(args as Arguments<Parameters>, meter);
    },
  };
}

/** A fault of one argument whose kind is right. */
export function outOfRange(argument: number, message: string): Fault {
  return { code: 'EXPR_RANGE', message, argument };
}
