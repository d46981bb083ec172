// Change sets of any size and content: staged where they are large, stored as they were.
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PackDir, PackRef } from '../../src/model/pack.ts';
import { stagePart } from '../../src/store/sql/apply.ts';
import { createWriter, type Writer } from '../../src/store/writer.ts';
import { desiredOf, holdLease, planNow, register, testSource } from '../support/plans.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

let test: TestDatabase;
let writer: Writer;
let staging: Writer;
beforeAll(async () => {
  test = await createTestDatabase();
  await holdLease(test);
  writer = createWriter({ database: test.database, epochOf: () => 1 });
  staging = createWriter({ database: test.database, epochOf: () => 1, stageBytes: 400 });
});
afterAll(() => test.drop());

async function rowsOf(pack: string) {
  const workflows = await test.query(
    'select ref, definition, source_text, tags, revision, last_number, status from workflow_definition where pack_ref = $1 order by ref',
    [pack],
  );
  const files = await test.query(
    'select path, ref, state, digest from pack_file where dir = $1 order by path',
    [pack],
  );
  const actions = await test.query(
    'select ref, label, status, entrypoint from action where pack_ref = $1 order by ref',
    [pack],
  );
  const changes = await test.query(
    'select ref, verb, number, position from catalog_change where pack_ref = $1 order by version, position',
    [pack],
  );
  return { workflows, files, actions, changes };
}

const stagedRows = () => test.query('select from apply_stage');

describe('a change set over the limit', () => {
  const first = {
    workflows: { a: {}, b: { text: 'x'.repeat(300) }, c: {}, d: {} },
    actions: { e: 'e.sh', f: 'f.sh' },
  };
  const second = {
    workflows: { a: { body: 'b' }, b: { text: 'y' }, c: { invalid: true as const } },
    actions: { e: 'x.sh' },
  };

  it('gives the same rows as one below it, and leaves nothing staged', async () => {
    for (const content of [first, second]) {
      await register(writer, desiredOf('whole', content));
      const { result } = await register(staging, desiredOf('parts', content));
      expect(result).toMatchObject({ outcome: 'applied' });
    }
    const text = (rows: unknown) => JSON.stringify(rows).replaceAll('whole', 'parts');
    const normal = (state: Awaited<ReturnType<typeof rowsOf>>) =>
      text({ ...state, workflows: state.workflows.map(({ revision: _, ...row }) => row) });
    expect(JSON.parse(normal(await rowsOf('whole')))).toEqual(JSON.parse(normal(await rowsOf('parts'))));
    expect(await stagedRows()).toHaveLength(0);
  });

  it('tells its changes in the order of the plan, over however many parts', async () => {
    const stems = Array.from({ length: 30 }, (_, at) => `w${at + 10}`);
    const workflows = Object.fromEntries(stems.map((stem) => [stem, {}]));
    await register(staging, desiredOf('ordered', { workflows }));
    const { changes } = await rowsOf('ordered');
    expect(changes.map(({ ref }) => ref)).toEqual(stems.map((stem) => `ordered.${stem}`));
  });

  it('leaves nothing staged when it is refused', async () => {
    const plan = await planNow(staging, desiredOf('parts', first));
    await test.query("update pack set label = 'x' where ref = 'parts'");
    expect(await staging.apply(plan, 'watch')).toEqual({ outcome: 'stale' });
    const fenced = createWriter({ database: test.database, epochOf: () => 7, stageBytes: 400 });
    expect(await fenced.apply(plan, 'watch')).toEqual({ outcome: 'fenced' });
    expect(await stagedRows()).toHaveLength(0);
  });

  it('sweeps what others staged an hour ago and never came back for', async () => {
    await stagePart(test.database, randomUUID(), 1, '{}');
    await stagePart(test.database, randomUUID(), 1, '{}');
    await test.query(
      "update apply_stage set created = now() - interval '61 minutes' where stage = (select stage from apply_stage limit 1)",
    );
    await register(staging, desiredOf('parts', second));
    expect(await stagedRows()).toHaveLength(1);
    await test.query('delete from apply_stage');
  });

  it('is measured in bytes of UTF-8, not in characters', async () => {
    const wide = { workflows: { a: { text: '語'.repeat(1_500) } } };
    const limited = createWriter({ database: test.database, epochOf: () => 1, stageBytes: 4_000 });
    let staged = 0;
    await test.query(
      "create function count_stage() returns trigger language plpgsql as $$ begin perform pg_notify('staged', ''); return new; end $$",
    );
    await test.query(
      'create trigger count_stage before insert on apply_stage for each row execute function count_stage()',
    );
    const listener = test.session();
    await listener.listen('staged', () => {
      staged += 1;
    });
    await register(limited, desiredOf('wide', wide));
    await expect.poll(() => staged).toBeGreaterThan(0);
    await test.query('drop trigger count_stage on apply_stage');
  });
});

describe('very many refs', () => {
  // A statement has room for 65,534 parameters: a list is one of them, however long.
  const many = 66_000;

  it('go through one call', async () => {
    const plan = await planNow(writer, desiredOf('big'));
    const files = Array.from({ length: 500 }, (_, index) => fileOf(`w${index}`));
    const changes = Array.from({ length: many }, (_, index) => {
      return { ref: `big.w${index}`, path: `big/workflows/w${index}.yaml`, verb: 'rejected', reason: '' };
    });
    const removedFiles = Array.from({ length: many }, (_, index) => `big/workflows/old${index}.yaml`);
    const result = await writer.apply({ ...plan, files, changes, removedFiles } as never, 'watch');
    expect(result).toMatchObject({ outcome: 'applied', written: 501 });
    const state = await writer.readPack(testSource, 'big' as PackRef, 'big' as PackDir);
    expect(state.files.size).toBe(500);
    const [row] = await test.query("select count(*)::int as n from catalog_change where pack_ref = 'big'");
    expect(row).toEqual({ n: many });
  });

  function fileOf(stem: string) {
    const rows = [...desiredOf('big', { workflows: { [stem]: {} } }).files.values()];
    return rows.find((row) => row.role === 'workflow');
  }
});

describe('hostile text', () => {
  const plain = [
    `quotes ' " \` $$ $body$ backslashes \\ \\\\ \\u0041 \\x41 E'\\''`,
    '; drop schema packwatch cascade; --',
    'tab\t newline\n return\r bell\u0007 delete\u007f next\u0085 line\u2028 mark\ufeff bidi\u202e',
    ...Array.from({ length: 17 }, (_, plane) => String.fromCodePoint(plane * 0x10000 + 0xfffd)),
    'e\u0301 is not é, 👩‍👩‍👧‍👦, \u0001\u001f, {"json": [null]}, {a,"b",NULL}, %s %n {{ x }} $x',
  ];

  async function roundTrip(text: string, name: string): Promise<void> {
    const content = { body: text, text, description: text, tags: [text, ''], paramSchema: { [text]: text } };
    const desired = desiredOf(name, {
      label: text,
      workflows: { one: { ...content, label: text.slice(0, 200) } },
    });
    await register(writer, desired);
    const wanted = [...desired.workflows.values()].map((one) =>
      one.same ? undefined : JSON.parse(one.definition.definition),
    )[0];
    const [row] = await test.query(
      `select w.definition, w.source_text, w.description, w.tags, w.param_schema, w.label, r.source_text as kept, p.label as pack
       from workflow_definition w join workflow_revision r on r.workflow_definition = w.id and r.revision = w.revision
       join pack p on p.id = w.pack where w.ref = $1`,
      [`${name}.one`],
    );
    expect(row).toEqual({
      ...{ definition: wanted, source_text: text, description: text, tags: [text, ''] },
      ...{ param_schema: { [text]: text }, label: text.slice(0, 200), kept: text, pack: text },
    });
  }

  it('is stored as it was, in every column', async () => {
    for (const [index, text] of plain.entries()) await roundTrip(text, `text${index}`);
  });

  it('is stored as it was, whatever it is', async () => {
    let run = 0;
    const texts = fc
      .string({ unit: 'binary', maxLength: 200 })
      .filter((text) => !/\p{Surrogate}|\0/u.test(text));
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        run += 1;
        await roundTrip(text, `fuzz${run}`);
      }),
      { numRuns: 30 },
    );
  });

  it('stays with its own definition, empty or not', async () => {
    const texts = ['', ...plain, '', '\n', '00000000-0000-0000-0000-000000000000'];
    for (const [run, some] of [texts, texts.slice(1, 4), ['']].entries()) {
      const name = `own${run}`;
      const workflows = some.map((text, at) => [`w${at}`, { text, body: `${at} ${text}` }]);
      const desired = desiredOf(name, { workflows: Object.fromEntries(workflows) });
      await register(writer, desired);
      const rows = await test.query(
        "select definition #>> '{tasks,0,input,body}' as body, source_text from workflow_definition where pack_ref = $1",
        [name],
      );
      expect(new Set(rows)).toEqual(
        new Set(some.map((text, at) => ({ body: `${at} ${text}`, source_text: text }))),
      );
    }
  });

  it('that Postgres cannot hold is refused, and no second try is asked for', async () => {
    for (const text of ['nul \0', 'lone \ud800 surrogate']) {
      const run = register(writer, desiredOf('bad', { workflows: { one: { text } } }));
      await expect(run).rejects.toMatchObject({ code: 'database_refused', retryable: false });
    }
    expect(await test.query("select from pack where ref = 'bad'")).toHaveLength(0);
  });
});
