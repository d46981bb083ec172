// Patterns of `match`: parts → states → yes or no. Patterns come from authors, so nothing here backtracks: all ways through
// a pattern are followed at once, a text costs its length times the states of the pattern, and each move is paid for.
import type { Fault } from './fault.ts';
import type { Meter } from './limits.ts';
import { type Class, word } from './pattern-class.ts';
import { maxPatternSize, type Part, type Place, parsePattern } from './pattern-parse.ts';
import { isFault } from './value.ts';

type State =
  | { readonly kind: 'one'; readonly of: Class; readonly next: number }
  | { readonly kind: 'place'; readonly place: Place; readonly next: number }
  /** `second` is filled in when the way back of a repetition is known. */
  | { readonly kind: 'fork'; readonly first: number; second: number }
  | { readonly kind: 'match' };

export type Pattern = { readonly states: readonly State[]; readonly start: number };

/** Moves from state to state for one step. */
const movesPerStep = 250;
/** States that are made for one step. */
const statesPerStep = 25;

/** Reads a pattern. `EXPR_RANGE`: it cannot be understood; `EXPR_LIMIT`: it is too large. Never throws. */
export function compilePattern(text: string): Pattern | Fault {
  const part = parsePattern(text);
  if (isFault<Fault>(part)) return part;
  const states: State[] = [{ kind: 'match' }];
  const start = build(part, 0, states);
  if (states.length <= maxPatternSize) return { states, start };
  return {
    code: 'EXPR_LIMIT',
    message: `the pattern cannot be used: its repetitions make more than ${maxPatternSize} states`,
    argument: 0,
  };
}

function put(states: State[], state: State): number {
  // One state too many tells that there were too many; what is built no longer matters.
  if (states.length <= maxPatternSize) states.push(state);
  return states.length - 1;
}

/** Builds a part in front of the state that comes after it; returns where it begins. */
function build(part: Part, next: number, states: State[]): number {
  if (states.length > maxPatternSize) return next;
  switch (part.kind) {
    case 'one':
      return put(states, { kind: 'one', of: part.of, next });
    case 'place':
      return put(states, { kind: 'place', place: part.place, next });
    case 'sequence':
      return part.parts.reduceRight((after, inner) => build(inner, after, states), next);
    case 'choice':
      return part.options
        .map((option) => build(option, next, states))
        .reduceRight((second, first) => put(states, { kind: 'fork', first, second }));
    case 'repeat':
      return buildRepeat(part, next, states);
  }
}

function buildRepeat(part: Part & { kind: 'repeat' }, next: number, states: State[]): number {
  let start = next;
  if (part.max === undefined) {
    const fork: State = { kind: 'fork', first: next, second: next };
    start = put(states, fork);
    fork.second = build(part.part, start, states);
  } else {
    // Every optional round may leave for what comes after all of them.
    for (let round = part.min; round < part.max; round += 1) {
      start = put(states, { kind: 'fork', first: build(part.part, start, states), second: next });
    }
  }
  for (let round = 0; round < part.min; round += 1) {
    const before = states.length;
    start = build(part.part, start, states);
    // A part of nothing is nothing however often: ((){1000}){1000} and deeper would count for hours.
    if (states.length === before) break;
  }
  return start;
}

/** Whether the pattern matches anywhere in the text. */
export function matches(pattern: Pattern, text: string, meter: Meter): boolean | Fault {
  const { states, start } = pattern;
  const over = meter.spend(states.length / statesPerStep);
  if (over !== undefined) return over;
  const walk: Walk = { states, text, seen: new Int32Array(states.length).fill(-1), moves: 0 };
  let current: number[] = [];
  for (let place = 0; place <= text.length; ) {
    // A match may begin at every place; states that are reached already are not entered again.
    if (enter(walk, start, place, current)) return true;
    const point = text.codePointAt(place);
    if (point === undefined) return false;
    const after = place + (point > 0xffff ? 2 : 1);
    const following: number[] = [];
    for (const index of current) {
      const state = states[index];
      if (state?.kind !== 'one') continue;
      walk.moves += state.of.weight;
      if (state.of.has(point) && enter(walk, state.next, after, following)) return true;
    }
    const fault = meter.spend(walk.moves / movesPerStep);
    if (fault !== undefined) return fault;
    walk.moves = 0;
    current = following;
    place = after;
  }
  return false;
}

type Walk = {
  readonly states: readonly State[];
  readonly text: string;
  /** For each state the last place at which it was entered. */
  readonly seen: Int32Array;
  moves: number;
};

/** Follows everything that takes no character; true when that leads to a match. Loops of nothing end at what was seen. */
function enter(walk: Walk, from: number, place: number, reached: number[]): boolean {
  const open = [from];
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    if (walk.seen[index] === place) continue;
    walk.seen[index] = place;
    walk.moves += 1;
    const state = walk.states[index];
    if (state === undefined || state.kind === 'match') return state !== undefined;
    if (state.kind === 'one') reached.push(index);
    else if (state.kind === 'fork') open.push(state.first, state.second);
    else {
      walk.moves += word.weight;
      if (holds(state.place, walk.text, place)) open.push(state.next);
    }
  }
  return false;
}

function holds(place: Place, text: string, at: number): boolean {
  switch (place) {
    case 'start':
      return at === 0;
    case 'end':
      return at === text.length;
    case 'line-start':
      return at === 0 || text[at - 1] === '\n';
    case 'line-end':
      return at === text.length || text[at] === '\n';
    case 'word-edge':
      return isWordBefore(text, at) !== isWordAt(text, at);
    case 'no-word-edge':
      return isWordBefore(text, at) === isWordAt(text, at);
  }
}

function isWordAt(text: string, at: number): boolean {
  const point = text.codePointAt(at);
  return point !== undefined && word.has(point);
}

function isWordBefore(text: string, at: number): boolean {
  const pair = at > 1 ? (text.codePointAt(at - 2) ?? 0) : 0;
  if (pair > 0xffff) return word.has(pair);
  return at > 0 && word.has(text.charCodeAt(at - 1));
}
