// The oracle finds what is wrong, wherever it is made wrong, and nothing else.
import { describe, expect, it, onTestFinished } from 'vitest';
import { createOracle } from './oracle.mjs';
import { actionText, manifestText, packFiles, workflowText } from './pack-text.ts';
import { createSite } from './site.ts';

/** Each: what is done to the registry, what mends it, what has to be said. */
const damages: readonly (readonly [string, string, RegExp])[] = [
  [
    "update workflow_definition set label = 'other' where ref = 'one.flow'",
    "update workflow_definition set label = 'Flow' where ref = 'one.flow'",
    /one\.flow: its columns differ/,
  ],
  [
    "update workflow_definition set file_digest = repeat('0', 64) where ref = 'one.flow'",
    "update workflow_definition w set file_digest = f.digest from pack_file f where w.ref = 'one.flow' and f.ref = 'one.flow'",
    /one\.flow: its text is not that of its digest/,
  ],
  [
    "update action set status = 'retired', retired_at = now() where ref = 'one.plain'",
    "update action set status = 'active', retired_at = null where ref = 'one.plain'",
    /one\.plain: one\/actions\/plain\.yaml is good and not registered/,
  ],
  [
    "update workflow_revision set number = 3 where definition ->> 'ref' = 'one.flow'",
    "update workflow_revision set number = 1 where definition ->> 'ref' = 'one.flow'",
    /one\.flow: its history is numbered 3 of 1/,
  ],
  [
    "update workflow_definition set status = 'active' where ref = 'one.broken'",
    "update workflow_definition set status = 'degraded' where ref = 'one.broken'",
    /one\.broken: it is active, its action degraded/,
  ],
  [
    "update pack_file set state = 'invalid' where path = 'one/workflows/flow.yaml'",
    "update pack_file set state = 'valid' where path = 'one/workflows/flow.yaml'",
    /one\/workflows\/flow\.yaml: it is good and its row invalid/,
  ],
  [
    "update pack set source_path = 'two' where ref = 'one'",
    "update pack set source_path = 'one' where ref = 'one'",
    /pack one: no directory of it is registered/,
  ],
  [
    "update catalog_change set verb = 'retired' where ref = 'one.flow'",
    "update catalog_change set verb = 'registered' where ref = 'one.flow'",
    /one\.flow: the change log ends with retired, it is live/,
  ],
  [
    'update catalog_version set version = version - 1',
    'update catalog_version set version = version + 1',
    /the catalogue is only at/,
  ],
];

describe('the oracle', () => {
  it('names every difference and finds none where there is none', async () => {
    const site = await createSite(onTestFinished);
    const oracle = createOracle({ root: site.root, sql: site.database().session(), remembers: true });
    await site.saveAll({
      ...packFiles('one', { flow: workflowText({ label: 'Flow' }), broken: workflowText() }),
      'one/actions/plain.yaml': actionText('one.plain'),
      'one/actions/linked.yaml': 'ref: one.linked\nworkflow_file: workflows/graph.yaml\n',
      'one/actions/workflows/graph.yaml': workflowText(),
    });
    await site.run(['sync']);
    expect(await oracle.differences()).toEqual([]);
    await site.save('one/workflows/broken.yaml', 'tasks: [\n');
    expect(await oracle.differences()).toContain(
      'one.broken: one/workflows/broken.yaml is bad and it is active',
    );
    await site.run(['sync']);
    expect(await oracle.differences()).toEqual([]);
    for (const [damage, cure, said] of damages) {
      await site.rows(damage);
      expect(await oracle.differences(), damage).toContainEqual(expect.stringMatching(said));
      await site.rows(cure);
      expect(await oracle.differences(), cure).toEqual([]);
    }
  });

  it('remembers what was served when a file breaks, and forgets what was taken away', async () => {
    const site = await createSite(onTestFinished);
    const sql = site.database().session();
    const oracle = createOracle({ root: site.root, sql, remembers: true });
    await site.saveAll(packFiles('one', { flow: workflowText() }));
    await site.run(['sync']);
    expect(await oracle.differences()).toEqual([]);
    await site.save('one/workflows/flow.yaml', 'tasks: [\n');
    await site.run(['sync']);
    for (const table of ['workflow_definition', 'action'])
      await site.rows(`update ${table} set status = 'retired', retired_at = now()`);
    await site.rows(
      "insert into catalog_change (version, position, source, ref, verb) select version + 1, 1, 'root:packs', 'one.flow', 'retired' from catalog_version",
    );
    await site.rows('update catalog_version set version = version + 1');
    const lost = 'one.flow: it was lost when one/workflows/flow.yaml broke';
    expect(await oracle.differences()).toEqual([lost]);
    oracle.forget('one/workflows');
    expect(await oracle.differences()).toEqual([]);
  });

  it('does not remember what only a broken manifest kept', async () => {
    const site = await createSite(onTestFinished);
    const oracle = createOracle({ root: site.root, sql: site.database().session(), remembers: true });
    const files = packFiles('one', { flow: workflowText(), other: workflowText() });
    await site.saveAll(files);
    const agreed = async () => {
      await site.run(['sync']);
      expect(await oracle.differences()).toEqual([]);
    };
    await agreed();
    await site.save('one/pack.yaml', 'label: no ref\n');
    await agreed();
    await site.remove('one/workflows/flow.yaml');
    oracle.forget('one/workflows/flow.yaml');
    await agreed();
    await site.save('one/pack.yaml', manifestText('one'));
    await site.run(['sync']);
    await site.save('one/pack.yaml', 'label: no ref\n');
    await agreed();
    expect(await site.rows("select ref from action where status = 'retired'")).toEqual([{ ref: 'one.flow' }]);
  });

  it('finds a directory, a file and a pack that nobody registered', async () => {
    const site = await createSite(onTestFinished);
    const oracle = createOracle({ root: site.root, sql: site.database().session() });
    await site.saveAll(packFiles('one', { flow: workflowText() }));
    await site.run(['sync']);
    await site.save('two/pack.yaml', manifestText('two'));
    await site.save('one/workflows/fresh.yaml', workflowText());
    await site.remove('one/workflows/flow.yaml');
    expect(await oracle.differences()).toEqual(
      expect.arrayContaining([
        expect.stringContaining('pack two: no directory of it is registered'),
        expect.stringContaining('one.fresh: one/workflows/fresh.yaml is good and not registered'),
        'one.flow: it is active and nothing on disk claims it',
        'one/workflows/flow.yaml: it has a row and is not there',
      ]),
    );
  });
});
