// Types of failpoints.mjs, for tests in TypeScript.

export type FailpointAction = 'kill' | 'throw' | 'pause';

/** Every failpoint of the program, in the order in which a start, a change and a stop pass them. */
export const failpointNames: readonly string[];

/** `name:nth:what,…`; throws for anything else. */
export function parseFailpoints(
  text: string,
): ReadonlyMap<string, readonly { readonly nth: number; readonly what: FailpointAction }[]>;

/** What the lines call: counts the passings of each name. */
export function createFailpoint(wanted: ReturnType<typeof parseFailpoints>): (name: string) => void;

/** Copies dist/ with the failpoints as calls to a new directory; returns the path to run in place of main.js. */
export function instrument(
  directory: string,
  rewrites?: Readonly<Record<string, (text: string) => string>>,
): string;
