// A function that does not exist, with the one that was most likely meant.
import type { Fault } from './fault.ts';
import { functionNames } from './functions.ts';
import { nearest, shorten } from './text.ts';

/** What other languages call a function of this one, where no slip of the finger leads there. */
const elsewhere: ReadonlyMap<string, string> = new Map([
  ['len', 'length'],
  ['size', 'length'],
  ['str', 'string'],
  ['float', 'number'],
  ['boolean', 'bool'],
  ['typeof', 'type_of'],
  ['sorted', 'sort'],
  ['uniq', 'unique'],
  ['distinct', 'unique'],
  ['lowercase', 'lower'],
  ['uppercase', 'upper'],
  ['strip', 'trim'],
  ['includes', 'contains'],
  ['has', 'contains'],
  ['flatten', 'flat'],
  ['success', 'succeeded'],
  ['failure', 'failed'],
  ['timeout', 'timed_out'],
  ['output', 'result'],
]);

/** The fault of a call of a name that is no function. */
export function unknownFunction(name: string): Fault {
  const near = elsewhere.get(name) ?? nearest(name, functionNames);
  const fault = {
    code: 'EXPR_UNKNOWN_FUNCTION',
    message: `there is no function \`${shorten(name)}\``,
  } as const;
  return near === undefined ? fault : { ...fault, help: `did you mean \`${near}\`?` };
}
