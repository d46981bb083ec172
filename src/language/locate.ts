// (text, place in the document) → line and column. Built from the same parser events as the values, so no second
// parser can disagree, and only when there is something to report.
import type { DocumentPath } from '../model/diagnostic.ts';
import type { Locate, Position } from '../model/file.ts';
import {
  eventType,
  isPlain,
  scalarRange,
  scalarText,
  type YamlEvent,
  type YamlScalarEvent,
} from './events.ts';
import type { Place, Range } from './problem.ts';
import { readEvents } from './read-events.ts';
import { type Piece, rangeInText, scalarPieces } from './scalar-pieces.ts';
import { resolvePlain } from './scalars.ts';

type Node = {
  readonly start: number;
  end: number;
  readonly entries:
    | Map<string, { readonly start: number; readonly end: number; readonly value: Node }>
    | undefined;
  readonly items: Node[] | undefined;
  /** What was read for a scalar; an alias of one has that of its anchor. */
  readonly scalar: YamlScalarEvent | undefined;
};
type Open = { node: Node; anchor: string | undefined; key: Node | undefined; keyText: string | undefined };

/** Finds positions in one text; the text is parsed at the first question. */
export type Locator = {
  /** Where a value or a key stands. What is not there itself is said to be at the nearest thing around it. */
  readonly locate: (at: DocumentPath, part: 'key' | 'value') => Position;
  /** Line and column of a range of offsets (UTF-16 units). */
  readonly locateRange: (start: number, end: number) => Position;
  readonly locatePlace: (place: Place) => Position;
  /** The text that stands at a place; empty where nothing is written or its end is not known. */
  readonly textAt: (place: Place) => string;
};

/** A locator for `text`; `events` saves the second parse of a text that was just read. */
export function createLocator(text: string, events?: readonly YamlEvent[]): Locator {
  let lineStarts: readonly number[] | undefined;
  let root: Node | undefined;
  const pieces = new Map<YamlScalarEvent, readonly Piece[]>();
  const locateRange = (start: number, end: number): Position => {
    lineStarts ??= findLineStarts(text);
    return positionOf(lineStarts, start, end);
  };
  const rangeAt = (place: Place): Range => {
    if (!('path' in place)) return place;
    root ??= buildTree(text, events ?? eventsOf(text));
    const { range, scalar } = find(root, place.path, place.part);
    if (place.within === undefined || scalar === undefined) return range;
    const known = pieces.get(scalar) ?? scalarPieces(text, scalar);
    pieces.set(scalar, known);
    return rangeInText(known, place.within) ?? range;
  };
  const locatePlace = (place: Place): Position => {
    const { start, end } = rangeAt(place);
    return locateRange(start, end);
  };
  const textAt = (place: Place): string => {
    const { start, end } = rangeAt(place);
    return text.slice(start, end);
  };
  return { locate: (path, part) => locatePlace({ path, part }), locateRange, locatePlace, textAt };
}

/** One position in a text that is not parsed yet. For several, use `createLocator`. */
export const locate: Locate = (text, at, part) => createLocator(text).locate(at, part);

/** Line and column of an offset. */
export function locateOffset(text: string, offset: number): Position {
  return positionOf(findLineStarts(text), offset, offset);
}

function eventsOf(text: string): readonly YamlEvent[] {
  const result = readEvents(text);
  return result.ok ? result.events : [];
}

function findLineStarts(text: string): number[] {
  const starts = [0];
  const lineBreak = /\r\n|\n|\r/g;
  for (let found = lineBreak.exec(text); found !== null; found = lineBreak.exec(text)) {
    starts.push(found.index + found[0].length);
  }
  return starts;
}

function positionOf(lineStarts: readonly number[], start: number, end: number): Position {
  const line = lineIndex(lineStarts, start);
  const position = { line: line + 1, column: start - (lineStarts[line] ?? 0) + 1 };
  if (end <= start) return position;
  const endLine = lineIndex(lineStarts, end);
  return { ...position, end_line: endLine + 1, end_column: end - (lineStarts[endLine] ?? 0) + 1 };
}

/** Index of the last line that starts at or before `offset`. */
function lineIndex(lineStarts: readonly number[], offset: number): number {
  let low = 0;
  let high = lineStarts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((lineStarts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

type Found = { readonly range: Range; readonly scalar: YamlScalarEvent | undefined };

function find(root: Node, at: DocumentPath, part: 'key' | 'value'): Found {
  let node = root;
  let range: Range = { start: root.start, end: root.end };
  for (const [index, step] of at.entries()) {
    const entry = typeof step === 'string' ? node.entries?.get(step) : undefined;
    const next = typeof step === 'string' ? entry?.value : node.items?.[step];
    if (next === undefined) return { range, scalar: undefined };
    const isKey = entry !== undefined && part === 'key' && index === at.length - 1;
    if (isKey) return { range: { start: entry.start, end: entry.end }, scalar: undefined };
    range = { start: next.start, end: next.end };
    node = next;
  }
  return { range, scalar: node.scalar };
}

type Tree = {
  readonly text: string;
  readonly open: Open[];
  readonly anchors: Map<string, Node>;
  root: Node;
  end: number;
};

function buildTree(text: string, events: readonly YamlEvent[]): Node {
  const empty: Node = { start: 0, end: 0, entries: undefined, items: undefined, scalar: undefined };
  const tree: Tree = { text, open: [], anchors: new Map(), root: empty, end: 0 };
  let documents = 0;
  for (const event of events) {
    if (event.type === eventType.DOCUMENT) documents += 1;
    if (documents > 1) break;
    addEvent(tree, event);
  }
  return tree.root;
}

function addEvent(tree: Tree, event: YamlEvent): void {
  switch (event.type) {
    case eventType.DOCUMENT:
      return;
    case eventType.SCALAR: {
      const { start, end } = scalarRange(tree.text, event) ?? emptyRange(tree);
      tree.end = Math.max(tree.end, end, event.valueEnd);
      const node = { start, end, entries: undefined, items: undefined, scalar: event };
      const value = scalarText(tree.text, event);
      const isKey = !isPlain(event) || event.tagStart >= 0 || typeof resolvePlain(value) === 'string';
      attach(tree, node, anchorName(tree, event), isKey ? value : undefined);
      return;
    }
    case eventType.ALIAS: {
      const target = tree.anchors.get(tree.text.slice(event.anchorStart, event.anchorEnd));
      tree.end = Math.max(tree.end, event.anchorEnd);
      // The alias has its own place and the children of its anchor.
      const { entries, items, scalar } = target ?? {
        entries: undefined,
        items: undefined,
        scalar: undefined,
      };
      const node = { start: event.anchorStart - 1, end: event.anchorEnd, entries, items, scalar };
      attach(tree, node, undefined, undefined);
      return;
    }
    case eventType.POP: {
      const open = tree.open.pop();
      if (open !== undefined) attach(tree, open.node, open.anchor, undefined);
      return;
    }
    default: {
      const isMap = event.type === eventType.MAPPING;
      const entries = isMap ? new Map() : undefined;
      const items = isMap ? undefined : [];
      const node: Node = { start: event.start, end: event.start, entries, items, scalar: undefined };
      const anchor = anchorName(tree, event);
      // Known from here on: an alias may stand inside its own anchor.
      if (anchor !== undefined) tree.anchors.set(anchor, node);
      tree.open.push({ node, anchor, key: undefined, keyText: undefined });
      tree.end = Math.max(tree.end, event.start);
    }
  }
}

function anchorName(tree: Tree, event: { anchorStart: number; anchorEnd: number }): string | undefined {
  return event.anchorStart < 0 ? undefined : tree.text.slice(event.anchorStart, event.anchorEnd);
}

/** Where a value that nobody wrote is said to be: at its key, or at the dash of its list item. */
function emptyRange(tree: Tree): { start: number; end: number } {
  const open = tree.open.at(-1);
  if (open?.key !== undefined) return { start: open.key.start, end: open.key.end };
  const dash = open?.node.items === undefined ? -1 : tree.text.indexOf('-', tree.end);
  return dash < 0 ? { start: tree.end, end: tree.end } : { start: dash, end: dash + 1 };
}

function attach(tree: Tree, node: Node, anchor: string | undefined, keyText: string | undefined): void {
  if (anchor !== undefined) tree.anchors.set(anchor, node);
  const open = tree.open.at(-1);
  if (open === undefined) {
    tree.root = node;
    return;
  }
  if (open.node.items !== undefined) open.node.items.push(node);
  else if (open.key === undefined) {
    open.key = node;
    open.keyText = keyText;
  } else {
    const { key, keyText: name } = open;
    // The first of two equal keys is the one whose value counts.
    if (name !== undefined && open.node.entries?.has(name) === false) {
      open.node.entries.set(name, { start: key.start, end: key.end, value: node });
    }
    open.key = undefined;
    open.keyText = undefined;
  }
}
