// `sync` whose connections are cut in the middle of its pass: it goes on with the rest, and its report tells all of it.
import { describe, expect, it } from 'vitest';
import { packFiles, workflowText } from '../../support/pack-text.ts';
import { openProxy } from '../../support/proxy.mjs';
import { createSite } from '../../support/site.ts';

const names = Array.from({ length: 40 }, (_, index) => `pack${index}`);

describe('sync', () => {
  it('outlives connections that are cut, and counts each definition once', async ({ onTestFinished }) => {
    const site = await createSite(onTestFinished);
    const { host, port, user, database } = site.database().connection;
    const proxy = await openProxy({ upstream: `${host}/.s.PGSQL.${port}` });
    onTestFinished(() => proxy.close());
    for (const name of names)
      await site.saveAll(packFiles(name, { one: workflowText(), two: workflowText() }));
    let cuts = 0;
    const cutting = setInterval(async () => {
      const rows = await site.rows('select count(*)::int as n from workflow_definition');
      if (Number(rows[0]?.['n']) < 10 + cuts * 30 || cuts >= 2) return;
      cuts += 1;
      proxy.cutAll();
    }, 5);
    const finished = await site.run(['sync', '--format', 'json', '--log-level', 'warn'], {
      env: { DATABASE_URL: `postgresql://${user}@127.0.0.1:${proxy.port}/${database}` },
    });
    clearInterval(cutting);
    expect(cuts, finished.stderr).toBeGreaterThan(0);
    expect(finished.stderr).toContain('going on with the rest');
    expect(finished.code, finished.stderr).toBe(0);
    const told = finished.json<{ registered: string[]; unchanged: number; parsed: number }>();
    // What was committed although its answer was cut off is found as it is.
    expect(new Set(told.registered).size).toBe(told.registered.length);
    expect(told.registered.length + told.unchanged).toBe(names.length * 2);
    // Manifests differ, the workflows are all the same.
    expect(told.parsed).toBeGreaterThan(names.length);
    const [row] = await site.rows('select count(*)::int as n from served_workflow');
    expect(row).toEqual({ n: names.length * 2 });
  });
});
