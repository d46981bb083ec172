// `plan`: what a pass would do, changing nothing; a database without the schema counts as an empty registry.
import { emptyRegistry } from '../daemon/empty-registry.ts';
import { createEngine } from '../daemon/engine.ts';
import { toSyncReport } from '../daemon/sync-report.ts';
import { systemClock } from '../daemon/system-clock.ts';
import { hasProblems } from '../model/report.ts';
import { hasChanges, renderPlan } from '../output/plan-text.ts';
import { planDocument } from '../output/sync-json.ts';
import { fullChange } from '../registry/change-set.ts';
import { isMissing, readMigrations } from '../store/migrate.ts';
import { createWriter } from '../store/writer.ts';
import { type Command, exitCodes } from './context.ts';
import { configure } from './settings.ts';
import { withDatabase } from './with-database.ts';

export const plan: Command = async (context, input) => {
  const config = configure(context, input);
  if (typeof config === 'number') return config;
  return withDatabase(context, config, async (database) => {
    const registry = (await isMissing(database, await readMigrations()))
      ? emptyRegistry
      : createWriter({ database, epochOf: () => undefined });
    const engine = createEngine({ config, registry, dryRun: true, onPack: () => undefined });
    const sources = config.roots.map((root) => root.source);
    const pass = await engine.reconcile(fullChange(sources, 'request', systemClock.nowMs()));
    await engine.loader.close();
    const report = toSyncReport(
      [pass],
      (source) => config.roots.find((root) => root.source === source)?.path ?? source,
    );
    if (context.format === 'json') context.out(`${JSON.stringify(planDocument(report))}\n`);
    else context.out(renderPlan(report, context.style));
    if (hasProblems(report)) return exitCodes.problems;
    return hasChanges(report) ? exitCodes.changes : exitCodes.done;
  });
};
