// However a definition came to be degraded: when its files are good, the next rescan serves it as it should be.
import { expect, it, onTestFinished } from 'vitest';
import { manifestText, workflowText } from '../../support/pack-text.ts';
import { createSite } from '../../support/site.ts';
import { eventually } from '../../support/wait.ts';

it('what is degraded while no file of it is bad is found by a rescan, and only that', async () => {
  const site = await createSite(onTestFinished);
  await site.saveAll({
    'ops/pack.yaml': manifestText('ops'),
    'ops/workflows/plain.yaml': workflowText(),
    'ops/actions/linked.yaml': 'label: linked\nworkflow_file: workflows/linked.yaml\n',
    'ops/actions/workflows/linked.yaml': workflowText(),
    'ops/actions/half.yaml': 'label: half\nworkflow_file: workflows/half.yaml\n',
    'ops/actions/workflows/half.yaml': workflowText(),
    'ops/workflows/bad.yaml': workflowText(),
  });
  const daemon = site.daemon(['--rescan-s', '1', '--watch', 'off']);
  await daemon.ready();
  const statuses = async () => {
    const rows = await site.rows(
      'select ref, status from workflow_definition union select ref, status from action order by ref',
    );
    return rows.map(({ ref, status }) => `${ref} ${status}`);
  };
  const settled = ['ops.bad degraded', 'ops.half degraded', 'ops.linked active', 'ops.plain active'];
  await site.save('ops/workflows/bad.yaml', 'tasks: [\n');
  await site.save('ops/actions/workflows/half.yaml', 'tasks: [\n');
  await eventually(async () => expect(await statuses()).toEqual(settled));
  // As the program itself writes it: nothing marks the rows as changed by hand.
  await site.rows(`
    do $$ begin
      perform set_config('packwatch.writer', 'on', true);
      update packwatch.workflow_definition set status = 'degraded';
      update packwatch.action set status = 'degraded';
    end $$`);
  const [pack] = await site.rows('select generation = applied_generation as same from pack');
  expect(pack).toEqual({ same: true });
  await eventually(async () => expect(await statuses()).toEqual(settled));
  // What is degraded for a reason is left alone.
  const before = await site.rows('select version::int from catalog_version');
  const scans = () => daemon.metric('packwatch_passes_total', 'cause="rescan"');
  const seen = await scans();
  const parsed = await daemon.metric('packwatch_files_parsed_total');
  await eventually(async () => expect(await scans()).toBeGreaterThan(seen + 1));
  expect(await site.rows('select version::int from catalog_version')).toEqual(before);
  expect(await daemon.metric('packwatch_files_parsed_total')).toBe(parsed);
});
