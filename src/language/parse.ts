// Text → plain values. Everything that YAML allows and a definition may not contain is reported here: limits, tags,
// directives, keys that are no strings, numbers and strings that the database cannot hold.
import { checkedKey } from './build-key.ts';
import { checkString, coreTag, reportTag, scalarValue } from './build-scalar.ts';
import {
  type Anchor,
  countNodes,
  type Keys,
  maxAliases,
  report,
  type State,
  stopWith,
} from './build-state.ts';
import { findDirectives } from './directives.ts';
import {
  eventType,
  isPlain,
  maxDepth,
  scalarRange,
  scalarText,
  type YamlEvent,
  type YamlScalarEvent,
} from './events.ts';
import type { Problem, Range } from './problem.ts';
import { readEvents } from './read-events.ts';
import { depthProblem, syntaxProblem } from './syntax.ts';

export type ParsedDocument = {
  /** Plain objects, arrays and scalars; undefined when the text could not be read to its end. `null`: empty. */
  readonly value: unknown;
  readonly events: readonly YamlEvent[] | undefined;
  readonly problems: readonly Problem[];
};

/** Reads one document. Never throws, and takes time linear in the text. */
export function parseDocument(text: string): ParsedDocument {
  const problems: Problem[] = findDirectives(text);
  const result = readEvents(text);
  if (!result.ok) {
    if (problems.length === 0) problems.push(syntaxProblem(text, result.reason, result.offset));
    return { value: undefined, events: undefined, problems };
  }
  const state: State = {
    text,
    problems,
    frames: [],
    anchors: new Map(),
    root: null,
    nodes: 0,
    aliases: 0,
    end: 0,
    isStopped: false,
  };
  build(state, result.events);
  return { value: state.isStopped ? undefined : state.root, events: result.events, problems };
}

function build(state: State, events: readonly YamlEvent[]): void {
  let documents = 0;
  for (const event of events) {
    if (state.isStopped) return;
    switch (event.type) {
      case eventType.DOCUMENT:
        documents += 1;
        if (documents > 1) {
          reportSecondDocument(state);
          return;
        }
        break;
      case eventType.SCALAR:
        addScalar(state, event);
        break;
      case eventType.ALIAS:
        addAlias(state, event.anchorStart, event.anchorEnd);
        break;
      case eventType.POP:
        closeCollection(state);
        break;
      default:
        openCollection(state, event);
    }
  }
}

function reportSecondDocument(state: State): void {
  const start = secondDocument(state.text, state.end);
  const isMarked = state.text.startsWith('---', start);
  const help = `a file holds one document: remove the "${isMarked ? '---' : '...'}" or split the file`;
  report(state, 'YAML_MULTI_DOCUMENT', { start, end: start + 3 }, 'a second document begins here', help);
}

/** Offset at which the second document begins; `end`: that of the last thing in the first. */
function secondDocument(text: string, end: number): number {
  const marker = /^(?:---|\.\.\.)(?=\s|$)/gm;
  marker.lastIndex = end;
  let found = marker.exec(text);
  // Of a first document that is empty the first `---` is the head.
  if (end === 0 && found?.[0] === '---') found = marker.exec(text);
  if (found === null) return end;
  if (found[0] === '---') return found.index;
  // Behind `...` it begins with the next line that is neither blank nor a comment.
  const line = /\n(?!\.\.\.(?:\s|$)|[ \t]*(?:#|\r?\n|$))/g;
  line.lastIndex = found.index;
  const next = line.exec(text);
  return next === null ? found.index : next.index + 1;
}

function openCollection(state: State, event: Extract<YamlEvent, { start: number }>): void {
  const isMap = event.type === eventType.MAPPING;
  if (state.frames.length >= maxDepth) {
    stopWith(state, depthProblem(event.start));
    return;
  }
  if (event.tagStart >= 0) {
    const tag = coreTag(state.text.slice(event.tagStart, event.tagEnd));
    if (tag !== '' && tag !== (isMap ? 'map' : 'seq')) reportTag(state, event.tagStart, event.tagEnd);
  }
  if (!countNodes(state, 1, event.start)) return;
  const anchor: Anchor | undefined =
    event.anchorStart < 0 ? undefined : { value: undefined, nodes: 0, height: 0, isOpen: true };
  const list = isMap ? undefined : [];
  const map = isMap ? {} : undefined;
  if (anchor !== undefined) {
    anchor.value = list ?? map;
    state.anchors.set(state.text.slice(event.anchorStart, event.anchorEnd), anchor);
  }
  const keys: Keys | undefined = isMap ? new Map() : undefined;
  state.frames.push({
    list,
    map,
    keys,
    anchor,
    start: event.start,
    nodes: 1,
    height: 1,
    key: null,
    isMerge: false,
    hasKey: false,
  });
  state.end = Math.max(state.end, event.start);
}

function closeCollection(state: State): void {
  const frame = state.frames.pop();
  // The event that closes the document itself finds no frame.
  if (frame === undefined) return;
  if (frame.anchor !== undefined) {
    frame.anchor.nodes = frame.nodes;
    frame.anchor.height = frame.height;
    frame.anchor.isOpen = false;
  }
  const range = { start: frame.start, end: frame.start };
  add(state, frame.list ?? frame.map, frame.nodes, frame.height, range);
}

function addScalar(state: State, event: YamlScalarEvent): void {
  const text = scalarText(state.text, event);
  const range = scalarRange(state.text, event) ?? { start: state.end, end: state.end };
  state.end = Math.max(state.end, range.end, event.valueEnd);
  const value = scalarValue(state, event, text, range);
  // Text as decoded holds neither a NUL nor half a surrogate pair; only escapes can bring them in.
  if (!event.fast && typeof value === 'string') checkString(state, value, range);
  if (event.anchorStart >= 0) {
    const name = state.text.slice(event.anchorStart, event.anchorEnd);
    state.anchors.set(name, { value, nodes: 1, height: 0, isOpen: false });
  }
  if (text === '<<' && isPlain(event) && isKeyNext(state)) {
    const help = 'repeat the keys, or use an alias for a whole value: `key: *anchor`';
    report(state, 'YAML_MERGE_KEY', range, 'merge keys (`<<`) are not supported', help);
    setKey(state, null, true);
    return;
  }
  if (isKeyNext(state)) add(state, value, 0, 0, range);
  else if (countNodes(state, 1, range.start)) add(state, value, 1, 0, range);
}

function addAlias(state: State, nameStart: number, nameEnd: number): void {
  const range = { start: nameStart - 1, end: nameEnd };
  state.end = Math.max(state.end, nameEnd);
  state.aliases += 1;
  if (state.aliases > maxAliases) {
    report(state, 'YAML_ALIAS_LIMIT', range, `more than ${maxAliases} aliases`, 'repeat the values instead');
    state.isStopped = true;
    return;
  }
  const name = state.text.slice(nameStart, nameEnd);
  const anchor = state.anchors.get(name);
  if (anchor === undefined) {
    const help = 'quote a text that begins with `*`';
    report(state, 'YAML_ALIAS_UNKNOWN', range, `no anchor \`&${name}\` before this alias`, help);
    add(state, null, 0, 0, range);
  } else if (anchor.isOpen) {
    const help = 'a value cannot contain itself';
    report(state, 'YAML_ALIAS_CYCLE', range, `\`*${name}\` lies inside what it stands for`, help);
    add(state, null, 0, 0, range);
  } else if (state.frames.length + anchor.height > maxDepth) stopWith(state, depthProblem(range.start));
  else if (countNodes(state, anchor.nodes, range.start)) {
    add(state, anchor.value, anchor.nodes, anchor.height, range);
  }
}

function isKeyNext(state: State): boolean {
  const frame = state.frames.at(-1);
  return frame?.map !== undefined && !frame.hasKey;
}

function setKey(state: State, key: string | null, isMerge = false): void {
  const frame = state.frames.at(-1);
  if (frame === undefined) return;
  frame.key = key;
  frame.isMerge = isMerge;
  frame.hasKey = true;
}

function add(state: State, value: unknown, nodes: number, height: number, range: Range): void {
  const frame = state.frames.at(-1);
  if (frame === undefined) {
    state.root = value;
    return;
  }
  frame.nodes += nodes;
  if (height >= frame.height) frame.height = height + 1;
  if (frame.list !== undefined) frame.list.push(value);
  else if (!frame.hasKey) setKey(state, checkedKey(state, frame, value, range));
  else {
    if (frame.key !== null && frame.map !== undefined) frame.map[frame.key] = value;
    else if (frame.isMerge && frame.map !== undefined) merge(frame.map, value);
    frame.hasKey = false;
  }
}

/** The file is refused anyway, but what was meant to be there is not told as missing too. */
function merge(map: Record<string, unknown>, value: unknown): void {
  for (const source of Array.isArray(value) ? value : [value]) {
    if (typeof source !== 'object' || source === null || Array.isArray(source)) continue;
    for (const [key, one] of Object.entries(source)) if (!Object.hasOwn(map, key)) map[key] = one;
  }
}
