// Where a reader of the YAML test suite does not do simply what the suite expects, and why: every such case, by its id.

export type Explanation = {
  /** What the reader does: `refuses CODES`, `accepts` a text that is to be refused, or `reads another value`. */
  readonly does: string;
  readonly why: string;
  readonly ids: string;
};

const documents = 'a file holds one document';
const directives = 'a directive would change what the text means';
const tags = 'a tag of no core type';
const keys = 'a key that is no string';

/** What a file is read as here. All of it is refused on purpose, with a code of its own. */
const ours: readonly Explanation[] = [
  {
    does: 'refuses YAML_MULTI_DOCUMENT',
    why: documents,
    ids: '35KP 6XDY 6ZKB 7Z25 9DXL 9KAX JHB9 KSS4 L383 M7A3 PUW8 RZT7 U9NS UT92 W4TN',
  },
  {
    does: 'refuses YAML_DIRECTIVE',
    why: directives,
    ids: '2LFX 6LVF BEC7 MUS6/02 MUS6/03 MUS6/04 MUS6/05 MUS6/06',
  },
  {
    does: 'refuses YAML_DIRECTIVE',
    why: `${directives}, and is told before what else is wrong with it`,
    ids: 'H7TQ MUS6/00 QLJ7',
  },
  { does: 'refuses YAML_TAG', why: tags, ids: '2XXW 565N 7FWL CUP7 J7PZ M5C3 UGM3 Z67P' },
  {
    does: 'refuses YAML_KEY_NOT_STRING',
    why: keys,
    ids:
      '2JQS 4FJ6 6BFJ 6M2F 6PBE 9MMW CFD4 DFF7 FH7J FRK4 KK5P LX3P M2N8/00 M2N8/01 M5DY NHX8 PW8X Q9WF RZP5 S3PD ' +
      'SBG9 SM9W/01 UKK6/00 V9D5 X38W XW4D',
  },
  {
    does: 'refuses YAML_DIRECTIVE YAML_TAG',
    why: `${directives}; ${tags}`,
    ids: '6CK3 C4HZ CC74 P76L U3C3 Z9M4',
  },
  { does: 'refuses YAML_MULTI_DOCUMENT YAML_TAG', why: `${documents}; ${tags}`, ids: '6WLZ 9WXW' },
  { does: 'refuses YAML_KEY_NOT_STRING YAML_MULTI_DOCUMENT', why: `${documents}; ${keys}`, ids: 'NKF9' },
  {
    does: 'refuses YAML_DIRECTIVE YAML_MULTI_DOCUMENT YAML_TAG',
    why: `${directives}; ${documents}; ${tags}`,
    ids: '5TYM',
  },
  {
    does: 'reads null',
    why: 'a stream without a document is an empty file, which the check refuses as such',
    ids: '8G76 98YD AVM7 HWV9 QT73',
  },
  {
    does: 'reads a value',
    why: 'the suite gives none, for a key without a value and for a `!` alone: it is that of the two others',
    ids: '4ABK UKK6/02',
  },
];

const jsYaml: readonly Explanation[] = [
  {
    does: 'refuses tag',
    why: 'it knows the tags of the core schema only',
    ids: '2XXW 565N 5TYM 6CK3 6WLZ 7FWL 9WXW C4HZ CC74 CUP7 J7PZ M5C3 P76L UGM3 Z67P Z9M4',
  },
  {
    does: 'refuses complex key',
    why: 'a plain object has no keys that are collections or null',
    ids: '4FJ6 6BFJ 6PBE 9MMW KK5P LX3P M2N8/00 M2N8/01 M5DY Q9WF RZP5 SBG9 V9D5 X38W XW4D',
  },
  { does: 'refuses duplicated', why: 'two keys are both empty', ids: '2JQS' },
  {
    does: 'reads a value',
    why: 'the suite gives none: keys that are no strings become strings',
    ids: '4ABK 6M2F CFD4 DFF7 FH7J FRK4 NHX8 NKF9 PW8X S3PD SM9W/01 UKK6/00 UKK6/02',
  },
];

const yaml: readonly Explanation[] = [
  {
    does: 'refuses TAG_RESOLVE_FAILED',
    why: 'it warns of tags that it does not know',
    ids: '5TYM 6CK3 6WLZ 7FWL 9WXW C4HZ CC74 CUP7 M5C3 P76L UGM3 Z67P Z9M4',
  },
  {
    does: 'refuses BAD_DIRECTIVE',
    why: 'it warns of directives that it does not know',
    ids: '2LFX 6LVF BEC7 MUS6/05 MUS6/06',
  },
  { does: 'refuses BAD_ALIAS', why: 'it takes no `:` at the end of an alias', ids: '2SXE W5VH' },
  { does: 'refuses DUPLICATE_KEY', why: 'two keys are both empty', ids: '2JQS' },
  { does: 'accepts', why: 'it takes directives without a document, and the same twice', ids: '9MMA SF5V' },
  {
    does: 'reads another value',
    why: 'tags make a set, a buffer and a map of it, which JSON has not',
    ids: '2XXW 565N J7PZ',
  },
  { does: 'reads another value', why: 'it takes `...` after `...` for an empty document', ids: 'M7A3' },
  { does: 'reads null', why: 'it takes `...` alone for an empty document', ids: 'HWV9 QT73' },
  {
    does: 'reads a value',
    why: 'the suite gives none: keys that are no strings become strings',
    ids:
      '4ABK 4FJ6 6BFJ 6M2F 6PBE 9MMW CFD4 DFF7 FH7J FRK4 KK5P LX3P M2N8/00 M2N8/01 M5DY NHX8 NKF9 PW8X Q9WF RZP5 ' +
      'S3PD SBG9 SM9W/01 UKK6/00 UKK6/02 V9D5 X38W XW4D',
  },
];

export const explained = { ours, jsYaml, yaml } as const;

/** Id → what the reader does. Throws for an id that is explained twice. */
export function byId(explanations: readonly Explanation[]): ReadonlyMap<string, string> {
  const map = new Map<string, string>();
  for (const { does, ids } of explanations) {
    for (const id of ids.split(' ')) {
      if (map.has(id)) throw new Error(`${id} is explained twice`);
      map.set(id, does);
    }
  }
  return map;
}
