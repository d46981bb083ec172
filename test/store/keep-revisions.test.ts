// How long a history may be: the oldest revisions go first, never what is needed or referred to.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRegistry, type Registry } from '../support/decided.ts';
import { desiredOf, planNow, type WorkflowContent } from '../support/plans.ts';

let registry: Registry;
beforeAll(async () => {
  registry = await openRegistry();
});
afterAll(() => registry.test.drop());

let packs = 0;
/** A pack of its own with `one`, which was served as these, one after the other. */
async function freshPack(...contents: readonly WorkflowContent[]): Promise<string> {
  packs += 1;
  const name = `kept${packs}`;
  await registry.put(...contents.map((one) => desiredOf(name, { workflows: { one } })));
  return name;
}

describe('keep_revisions', () => {
  type Numbers = { readonly numbers: readonly number[] };
  const numbersOf = async (ref: string) =>
    (
      await registry.one<Numbers>(
        `select array_agg(number order by number) as numbers from workflow_revision r
         join workflow_definition w on w.id = r.workflow_definition where w.ref = $1`,
        [ref],
      )
    ).numbers;
  /** Applies one more revision as a writer would that keeps so many. */
  async function applyKeeping(
    name: string,
    content: WorkflowContent,
    keep: number | undefined,
  ): Promise<unknown> {
    const plan = await planNow(registry.writer, desiredOf(name, { workflows: { one: content } }));
    const [definition] = plan.workflows;
    const workflow = {
      ...{
        ref: `${name}.one`,
        label: 'x',
        description: null,
        version: '1.0.0',
        param_schema: null,
        out_schema: null,
      },
      ...{ definition: JSON.parse(definition?.definition ?? ''), tags: [], revision: definition?.revision },
      ...{ source_path: definition?.sourcePath, source_text: 'x', file_digest: definition?.fileDigest },
    };
    const head = { source: 'root:test', epoch: 1, pack_ref: name, generation: plan.generation, pack: null };
    const changeSet = { ...head, cause: 'watch', keep_revisions: keep, workflows: [workflow] };
    const { answer } = await registry.one<{ answer: unknown }>(
      'select apply_pack($1::text::jsonb) as answer',
      [JSON.stringify(changeSet)],
    );
    return answer;
  }
  const contents = ['a', 'b', 'c', 'd', 'e'].map((body): WorkflowContent => ({ body }));

  it('lets the oldest go, and gives no number out twice', async () => {
    const name = await freshPack(...contents);
    const ref = `${name}.one`;
    await applyKeeping(name, { body: 'f' }, 0);
    expect(await numbersOf(ref)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await applyKeeping(name, { body: 'g' }, 3)).toMatchObject({ written: 7 });
    expect(await numbersOf(ref)).toEqual([5, 6, 7]);
    await applyKeeping(name, { body: 'a' }, 3);
    expect(await numbersOf(ref)).toEqual([6, 7, 8]);
  });

  it('never lets go what is served, pinned or pinned over, and counts them in', async () => {
    const name = await freshPack(...contents);
    const ref = `${name}.one`;
    await applyKeeping(name, { body: 'a' }, 3);
    expect(await numbersOf(ref)).toEqual([1, 4, 5]);
    await registry.decisions.rollBack(ref, 4);
    const forget = (keep: number) =>
      registry.one(
        'select forget_revisions(array(select id from workflow_definition where ref = $1), $2) as n',
        [ref, keep],
      );
    expect(await forget(1)).toEqual({ n: 1 });
    expect(await numbersOf(ref)).toEqual([1, 4]);
    expect(await registry.decisions.unpin(ref)).toMatchObject({ outcome: 'done' });
    expect(
      await registry.one('select definition from workflow_definition where ref = $1', [ref]),
    ).toMatchObject({
      definition: { tasks: [{ input: { body: 'a' } }] },
    });
  });

  it('lets nothing go that another system refers to, by a key of two columns too', async () => {
    const name = await freshPack(...contents);
    const ref = `${name}.one`;
    await registry.test.query(`
      create schema runs;
      create table runs.run (definition bigint, number integer,
        foreign key (definition, number) references packwatch.workflow_revision (workflow_definition, number) on delete cascade)`);
    await registry.test.query('insert into runs.run select id, 2 from workflow_definition where ref = $1', [
      ref,
    ]);
    await applyKeeping(name, { body: 'f' }, 2);
    expect(await numbersOf(ref)).toEqual([2, 5, 6]);
    expect(await registry.test.query('select from runs.run')).toHaveLength(1);
    await registry.without(
      'forget_revisions(bigint[],integer)',
      /continue when is_referenced[^;]*;/,
      '',
      async () => {
        await applyKeeping(name, { body: 'g' }, 2);
      },
    );
    // What the question is there for.
    expect(await registry.test.query('select from runs.run')).toHaveLength(0);
    await registry.test.query('drop schema runs cascade');
  });
});
