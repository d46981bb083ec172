// What is known while events are turned into values: open collections, anchors, counts against the limits, problems.
import type { Problem, Range } from './problem.ts';

/** Aliases a file may use. */
export const maxAliases = 100;
/** Values a file may hold, what its aliases stand for counted each time. */
export const maxNodes = 50_000;
/** Problems after which a file is not looked at further. */
const maxProblems = 100;

/** A named value; `isOpen` while its end was not seen. */
export type Anchor = { value: unknown; nodes: number; height: number; isOpen: boolean };
/** Keys of a mapping and where each was first given. */
export type Keys = Map<string, number>;
/** A collection whose end was not seen. */
export type Frame = {
  readonly list: unknown[] | undefined;
  readonly map: Record<string, unknown> | undefined;
  /** Offsets of the keys seen; the duplicate check is linear. */
  readonly keys: Keys | undefined;
  readonly anchor: Anchor | undefined;
  readonly start: number;
  nodes: number;
  height: number;
  /** The key that waits for its value; null: a key that was refused, and `isMerge` that it was `<<`. */
  key: string | null;
  isMerge: boolean;
  hasKey: boolean;
};
/** Where the building of one document stands. */
export type State = {
  readonly text: string;
  readonly problems: Problem[];
  readonly frames: Frame[];
  readonly anchors: Map<string, Anchor>;
  root: unknown;
  nodes: number;
  aliases: number;
  /** End of the last thing that has a place: where an empty value is said to be. */
  end: number;
  isStopped: boolean;
};

/** Adds a problem; past the limit nothing more is read. */
export function report(
  state: State,
  code: Problem['code'],
  { start, end }: Range,
  message: string,
  help: string,
): void {
  if (state.problems.length >= maxProblems) state.isStopped = true;
  else state.problems.push({ code, severity: 'error', message, help, place: { start, end } });
}

/** Adds a problem after which there is no value. */
export function stopWith(state: State, problem: Problem): void {
  state.problems.push(problem);
  state.isStopped = true;
}

/** Counts values against the limit; false when it is passed. */
export function countNodes(state: State, nodes: number, start: number): boolean {
  state.nodes += nodes;
  if (state.nodes <= maxNodes) return true;
  const message = `the document holds more than ${maxNodes} values, aliases expanded`;
  const place = { start, end: start };
  stopWith(state, { code: 'YAML_NODE_LIMIT', severity: 'error', message, help: 'split the file', place });
  return false;
}

/** A text short enough for a message. */
export function brief(text: string): string {
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
