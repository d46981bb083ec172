// `migrate`: brings the schema up to date and says what was done.
import { migrate, readMigrations } from '../store/migrate.ts';
import { type Command, exitCodes } from './context.ts';
import { configure } from './settings.ts';
import { withDatabase } from './with-database.ts';

export const migrateCommand: Command = async (context, input) => {
  const config = configure(context, input, []);
  if (typeof config === 'number') return config;
  return withDatabase(context, config, async (database) => {
    const { applied, unknown } = await migrate(database, await readMigrations());
    if (context.format === 'json') context.out(`${JSON.stringify({ applied, unknown })}\n`);
    else if (!context.quiet) {
      context.out(applied.length === 0 ? 'the schema is up to date\n' : `applied ${applied.join(', ')}\n`);
      if (unknown.length > 0)
        context.out(
          `the database has newer migrations that this program can live with: ${unknown.join(', ')}\n`,
        );
    }
    return exitCodes.done;
  });
};
