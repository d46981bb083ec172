// What an apply leaves alone: pins that its definitions do not end, and rows of files that are not its own.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SourceName } from '../../src/model/pack.ts';
import { openRegistry, type Registry } from '../support/decided.ts';
import { desiredOf, holdLease, planNow } from '../support/plans.ts';

let registry: Registry;
beforeAll(async () => {
  registry = await openRegistry();
});
afterAll(() => registry.test.drop());

const one = (content: object) => desiredOf('ops', { workflows: { one: content } });
const pin = () =>
  registry.one(
    "select pinned_revision, pinned_over, source_text, source_path from workflow_definition where ref = 'ops.one'",
  );

describe('a pin', () => {
  it('keeps its own text while its file moves', async () => {
    await registry.put(one({ body: 'a', text: '# a\n' }), one({ body: 'b', text: '# b\n' }));
    await registry.decisions.rollBack('ops.one', 1);
    await registry.put(one({ body: 'b', text: '# b\n', path: 'workflows/one.workflow.yaml' }));
    expect(await pin()).toMatchObject({
      source_text: '# a\n',
      source_path: 'ops/workflows/one.workflow.yaml',
    });
  });

  it('ends when another definition is written', async () => {
    expect(await pin()).not.toMatchObject({ pinned_revision: null });
    await registry.put(one({ body: 'c', text: '# c\n' }));
    expect(await pin()).toMatchObject({ pinned_revision: null, pinned_over: null, source_text: '# c\n' });
  });
});

describe('rows of files', () => {
  it('deletes no row of a file of another source', async () => {
    const other = 'root:other' as SourceName;
    await holdLease(registry.test, other);
    await registry.put(desiredOf('theirs', { source: other, workflows: { x: {} } }));
    await registry.put(one({ body: 'd' }));
    const plan = await planNow(registry.writer, one({ body: 'e' }));
    const path = 'theirs/workflows/x.yaml' as (typeof plan.removedFiles)[number];
    await registry.writer.apply({ ...plan, removedFiles: [path] }, 'watch');
    expect(
      await registry.test.query('select source from pack_file where path = $1 and state = $2', [
        path,
        'valid',
      ]),
    ).toEqual([{ source: other }]);
  });

  it('remembers since when a file is as it is', async () => {
    const since = () =>
      registry.one(
        "select since from pack_file where source = 'root:test' and path = 'ops/workflows/one.yaml'",
      );
    const old = { since: new Date('2020-01-01T00:00:00Z') };
    const age = () => registry.test.query("update pack_file set since = '2020-01-01T00:00:00Z'");
    await age();
    const checkedAnew = async (content: object) => {
      const plan = await planNow(registry.writer, one(content));
      const files = [...one(content).files.values()].map((file) => ({ ...file, checkedBy: 'rules-2' }));
      await registry.writer.apply({ ...plan, files }, 'watch');
    };
    await checkedAnew({ body: 'e' });
    expect(await since()).toEqual(old);
    await checkedAnew({ body: 'f' });
    expect(await since()).not.toEqual(old);
    await age();
    // The same bytes, and another verdict.
    await checkedAnew({ body: 'f', invalid: true });
    expect(await since()).not.toEqual(old);
  });
});
