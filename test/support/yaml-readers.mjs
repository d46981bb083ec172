// Two other readers of YAML 1.2, guarded, and what a comparison with them needs: the oracles of the differential tests.
import { CORE_SCHEMA, loadAll, YAMLException } from 'js-yaml';
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments } from 'yaml';

/** The values of all documents of a text, or why it was refused, by js-yaml itself. */
export function readWithJsYaml(text) {
  try {
    return { values: plain(loadAll(text, { schema: CORE_SCHEMA, maxDepth: 100 })) };
  } catch (error) {
    if (error instanceof YAMLException) return { refused: String(error.reason) };
    throw error;
  }
}

/**
 * The same by `yaml`, with its documents. Deep nesting can end the process there and its check for equal keys takes
 * quadratic time: only call it for a text whose depth is known, of moderate size.
 */
export function readWithYaml(text) {
  const lineCounter = new LineCounter();
  const options = { version: '1.2', schema: 'core', lineCounter, logLevel: 'silent' };
  const parsed = parseAllDocuments(text, options);
  const documents = Array.isArray(parsed) ? parsed : [];
  const problems = documents.flatMap(({ errors, warnings }) => [...errors, ...warnings]);
  if (problems.length > 0)
    return { refused: [...new Set(problems.map(({ code }) => code))].join(' '), documents, lineCounter };
  try {
    return {
      values: plain(documents.map((one) => one.toJS({ maxAliasCount: 1000 }))),
      documents,
      lineCounter,
    };
  } catch (error) {
    return { refused: `${error.name}: ${error.message}`, documents, lineCounter };
  }
}

/** What JSON keeps of a value: no sign of zero, no sharing. Cycles and what JSON has not come back as they are. */
export function plain(value) {
  const open = new Set();
  const copy = (part) => {
    if (part === 0) return 0;
    if (typeof part !== 'object' || part === null) return part;
    if (open.has(part)) return '(itself)';
    open.add(part);
    let copied = part;
    if (Array.isArray(part)) copied = part.map(copy);
    else if (Object.getPrototypeOf(part) === Object.prototype)
      copied = Object.fromEntries(Object.entries(part).map(([key, entry]) => [key, copy(entry)]));
    open.delete(part);
    return copied;
  };
  return copy(value);
}

/** Each written scalar of a document of `yaml` that stands under string keys: its path and `line:column-line:column`. */
export function scalarPlaces(document, lineCounter) {
  const places = [];
  const at = (offset) => {
    const { line, col } = lineCounter.linePos(offset);
    return `${line}:${col}`;
  };
  const add = (node, path, part) => {
    const [start, end] = node.range;
    if (end > start) places.push({ path, part, place: `${at(start)}-${at(end)}`, isBlock: isBlock(node) });
  };
  const walk = (node, path) => {
    if (isScalar(node)) add(node, path, 'value');
    else if (isAlias(node))
      places.push({
        path,
        part: 'value',
        place: `${at(node.range[0])}-${at(node.range[1])}`,
        isBlock: false,
      });
    else if (isSeq(node)) for (const [index, item] of node.items.entries()) walk(item, [...path, index]);
    else if (isMap(node)) {
      for (const { key, value } of node.items) {
        if (!isScalar(key) || typeof key.value !== 'string') continue;
        add(key, [...path, key.value], 'key');
        walk(value, [...path, key.value]);
      }
    }
  };
  walk(document.contents, []);
  return places;
}

function isBlock(node) {
  return node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED';
}
