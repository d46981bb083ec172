// What `sync`, `plan` and `migrate` share: a database opened for one piece of work and closed whatever comes of it.
import type { Config } from '../config.ts';
import { openDatabase } from '../daemon/database.ts';
import { messageOf } from '../model/errors.ts';
import type { Database } from '../store/connect.ts';
import { createLogger, type RootLogger } from '../telemetry/logger.ts';
import { type CommandContext, exitCodeOf, exitCodes } from './context.ts';

export type DatabaseWork = (database: Database, logger: RootLogger) => Promise<number>;

/** Resolves with the work's exit code, or with that of what was thrown, which is then told in one line. */
export async function withDatabase(
  context: CommandContext,
  config: Config,
  work: DatabaseWork,
): Promise<number> {
  // The result tells what was done, so the log keeps to what is wrong unless a level was asked for.
  const level = config.origins.logLevel === 'default' ? 'error' : config.logLevel;
  const logger = await createLogger({ level, destination: 'stderr', pretty: context.format === 'text' });
  try {
    const opened = await openDatabase(config, logger);
    try {
      return await work(opened.database, logger);
    } finally {
      await opened.close();
    }
  } catch (error) {
    const code = exitCodeOf(error);
    context.err(`packwatch: ${messageOf(error)}\n`);
    if (code === exitCodes.bug) logger.error({ err: error }, 'a defect of this program');
    return code;
  } finally {
    logger.flush();
  }
}
