// A plan as the text that apply_pack is given. A change set too large for one statement is staged first.
import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Definition } from '../model/definition.ts';
import type { RegistrationPlan } from '../model/plan.ts';
import { type Lists, listsOf, wholeItem } from './change-set-items.ts';
import type { Database } from './connect.ts';
import { type ChangeSetText, stagePart } from './sql/apply.ts';

/** Milliseconds of encoding at a time. */
const sliceMs = 8;

/** A list of the change set, each item as JSON text. */
type Texts = Readonly<Record<string, readonly string[]>>;

/** Puts the lists into the stage, and names that, where all of it is larger than `stageBytes`. */
export async function changeSetText(
  database: Database,
  head: object,
  plan: RegistrationPlan,
  stageBytes: number,
): Promise<ChangeSetText> {
  const definitions = plan.workflows.map(({ definition }) => definition);
  const sourceTexts = plan.workflows.map(({ sourceText }) => sourceText);
  const { texts, bytes } = await textsOf({ ...listsOf(plan), definitions, sourceTexts });
  const { definitions: _, sourceTexts: __, ...lists } = texts;
  const whole = { ...lists, workflows: wholeItems(lists['workflows'] ?? [], plan.workflows) };
  if (bytes + Buffer.byteLength(JSON.stringify(head)) > stageBytes)
    return { text: await stageLists(database, head, whole, stageBytes / 2), longTexts: undefined };
  if (sourceTexts.length === 0 || !sourceTexts.every(canStandBeside))
    return { text: objectText(head, whole), longTexts: undefined };
  const separator = randomUUID();
  const longTexts = {
    separator,
    definitions: definitions.join(separator),
    sourceTexts: sourceTexts.join(separator),
  };
  return { text: objectText(head, lists), longTexts };
}

/**
 * One empty text would be no list at all. And what is no text (half of a pair of characters), which JSON can write down and the server
 * refuses, would be sent as another text.
 */
function canStandBeside(text: string): boolean {
  return text !== '' && !/\p{Surrogate}/u.test(text);
}

/** Returns a head that names the stage. */
async function stageLists(database: Database, head: object, lists: Lists, bytes: number): Promise<string> {
  const stage = randomUUID();
  let part = 0;
  for (const [name, items] of Object.entries(lists)) {
    for (const slice of slicesOf(items, bytes)) {
      part += 1;
      await stagePart(database, stage, part, objectText({}, { [name]: slice }));
      // failpoint: stage.written
    }
  }
  return JSON.stringify({ ...head, stage });
}

function* wholeItems(items: Iterable<string>, workflows: readonly Definition[]): Generator<string> {
  let at = 0;
  for (const item of items) {
    yield wholeItem(item, workflows[at] as Definition);
    at += 1;
  }
}

/** Item by item, and the event loop gets a turn every few milliseconds: a pack may have thousands of definitions. */
async function textsOf(lists: Lists): Promise<{ readonly texts: Texts; readonly bytes: number }> {
  const texts: Record<string, string[]> = {};
  let bytes = 0;
  let beganMs = performance.now();
  for (const [name, items] of Object.entries(lists)) {
    const list: string[] = [];
    texts[name] = list;
    // Quotes, colon, brackets and comma of the list; a comma after each item.
    bytes += name.length + 6;
    for (const text of items) {
      list.push(text);
      bytes += Buffer.byteLength(text) + 1;
      if (performance.now() - beganMs < sliceMs) continue;
      await nextTurn();
      beganMs = performance.now();
    }
  }
  return { texts, bytes };
}

/** `head` with the lists beside its own keys, of which it needs none. */
function objectText(head: object, lists: Lists): string {
  const own = JSON.stringify(head).slice(1, -1);
  const texts = Object.entries(lists).map(
    ([name, items]) => `${JSON.stringify(name)}:[${[...items].join(',')}]`,
  );
  return `{${[...(own === '' ? [] : [own]), ...texts].join(',')}}`;
}

/** Runs of items of about `bytes` of JSON each, in order. */
function* slicesOf(items: Iterable<string>, bytes: number): Generator<readonly string[]> {
  let slice: string[] = [];
  let size = 0;
  for (const item of items) {
    slice.push(item);
    size += Buffer.byteLength(item);
    if (size < bytes) continue;
    yield slice;
    slice = [];
    size = 0;
  }
  if (slice.length > 0) yield slice;
}
