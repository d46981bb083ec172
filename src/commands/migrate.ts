// `migrate`: brings the schema up to date and says what was done.
import { openDatabase } from '../daemon/database.ts';
import { messageOf } from '../model/errors.ts';
import { migrate, readMigrations } from '../store/migrate.ts';
import { createLogger } from '../telemetry/logger.ts';
import { type Command, exitCodeOf, exitCodes } from './context.ts';
import { configure } from './settings.ts';

export const migrateCommand: Command = async (context, input) => {
  const config = configure(context, input, []);
  if (typeof config === 'number') return config;
  const logger = await createLogger({
    level: 'error',
    destination: 'stderr',
    pretty: context.format === 'text',
  });
  try {
    const opened = await openDatabase(config, logger);
    try {
      const { applied, unknown } = await migrate(opened.database, await readMigrations());
      if (context.format === 'json') context.out(`${JSON.stringify({ applied, unknown })}\n`);
      else if (!context.quiet) {
        context.out(applied.length === 0 ? 'the schema is up to date\n' : `applied ${applied.join(', ')}\n`);
        if (unknown.length > 0)
          context.out(
            `the database has newer migrations that this program can live with: ${unknown.join(', ')}\n`,
          );
      }
      return exitCodes.done;
    } finally {
      await opened.close();
    }
  } catch (error) {
    context.err(`packwatch: ${messageOf(error)}\n`);
    return exitCodeOf(error);
  } finally {
    logger.flush();
  }
};
