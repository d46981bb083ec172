// The words of a definition: however they are taken apart and numbered, what is stored is that of the plainest way.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

/** Every word by the regular expression, numbered one by one. */
const plainest = `
create function plain_vector(content text) returns tsvector language sql as $$
  select coalesce(string_agg('''' || left(word, 255) || ''':' || place, ' '), '')::tsvector
  from unnest(array_remove(regexp_split_to_array(lower(left(content, 16384)),
    '[\\u0001-\\u002f\\u003a-\\u0040\\u005b-\\u0060\\u007b-\\u00a9\\u00ab-\\u00b4\\u00b6-\\u00b9\\u00bb-\\u00bf\\u00d7\\u00f7\\u2000-\\u206f\\u3000-\\u303f\\uff00-\\uff0f]+'), ''))
    with ordinality as words (word, place) $$`;

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
  await test.query(plainest);
});
afterAll(() => test.drop());

type Parts = {
  ref: string;
  label: string;
  tags: readonly string[];
  description: string | null;
  tasks: string;
};

async function wordsOf(many: readonly Parts[]): Promise<readonly { made: string; expected: string }[]> {
  return test.query<{ made: string; expected: string }>(
    `select search_document(d.ref, d.label, d.description, d.tags, d.tasks)::text as made,
       (setweight(plain_vector(d.ref), 'A') || setweight(plain_vector(d.label), 'B')
         || setweight(plain_vector(array_to_string(d.tags, ' ')), 'C') || setweight(plain_vector(d.description), 'D')
         || setweight(plain_vector(d.tasks), 'D'))::text as expected
     from jsonb_to_recordset($1::text::jsonb) as d (ref text, label text, tags text[], description text, tasks text)`,
    [JSON.stringify(many)],
  );
}

const plainWord = fc.stringMatching(/^[a-zA-Z0-9]{1,9}$/);
const otherWord = fc.constantFrom(
  'İstanbul',
  'ΑΣ',
  'läuft',
  '東京',
  "it's",
  'a:b',
  '%s',
  '%1$s',
  '\\',
  '🚀',
  '',
);
const gap = fc.constantFrom(' ', '.', '_', '-', '  ', '\n', '/', '. ');

/** Most are taken apart as names are; of the long ones some have more bytes, and some more words, than a short way can do. */
const text = fc
  .tuple(
    fc.oneof(
      fc.array(fc.tuple(plainWord, fc.constantFrom(' ', '.', '_', '-')), { maxLength: 60 }),
      fc.array(fc.tuple(fc.oneof(plainWord, otherWord), gap), { maxLength: 60 }),
    ),
    fc.constantFrom(1, 1, 1, 3, 40),
  )
  .map(([words, times]) => words.flat().join('').repeat(times));
const parts: fc.Arbitrary<Parts> = fc.record({
  ref: text,
  label: text,
  tags: fc.array(text, { maxLength: 3 }),
  description: fc.option(text),
  tasks: text,
});

describe('the words of a definition', () => {
  it('have the places and weights of those of its parts', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(parts, { minLength: 20, maxLength: 20 }), async (many) => {
        for (const { made, expected } of await wordsOf(many)) expect(made).toBe(expected);
      }),
      { numRuns: 25 },
    );
  });

  it.each([9, 10, 11, 99, 100, 101, 998, 999, 1000])(
    'are numbered to the last, %i of them',
    async (count) => {
      const tasks = Array.from({ length: count }, (_, index) => (index % 36).toString(36)).join(' ');
      const [row] = await wordsOf([{ ref: '', label: '', tags: [], description: null, tasks }]);
      expect(row?.made).toBe(row?.expected);
      expect(row?.made).toContain(`${count}`);
    },
  );

  it('are found by what a query keeps of them, however long they are', async () => {
    const [row] = await test.query<{ found: boolean }>(
      `select bool_and(search_document('', '', null, '{}', x) @@ search_query(x)) as found
       from unnest(array[repeat('a', 255), repeat('b', 300), repeat('c', 2046), repeat('d', 5000), repeat('ü', 1500), repeat('Ⱥ', 1000)]) as x`,
    );
    expect(row?.found).toBe(true);
  });
});
