// What the driver throws → retryable or not, and whether the server is to be looked for anew. Pure.
import { AppError, codeOf, messageOf } from '../model/errors.ts';

/**
 * SQLSTATE classes that waiting may mend: connection (08), authorization (28), database name (3D) and privileges (42501), which a
 * person may be about to set right, transaction rollback (40), resources (53), operator intervention (57), system (58); a lock that was not had
 * in time, a server that became read-only; and prepared statements that are gone (26) or there already (42P05), which are not used again.
 */
const retryableStates = /^(08|26|28|3D|40|53|57|58)|^(55P03|25006|42501|42P05)$/;
/** Codes of the driver that mean our own mistake. */
const misuses = new Set(['UNDEFINED_VALUE', 'MAX_PARAMETERS_EXCEEDED', 'NOT_TAGGED_CALL']);

/** What a statement failed with, sorted; a mistake of ours is given back as it is. */
export function toAppError(error: unknown): unknown {
  if (error instanceof AppError) return error;
  const code = codeOf(error) ?? '';
  if (misuses.has(code)) return error;
  const isState = /^[0-9A-Z]{5}$/.test(code) && /\d/.test(code);
  if (isState && !retryableStates.test(code)) {
    return new AppError('database_refused', `the database refused (${code}): ${messageOf(error)}`, {
      retryable: false,
      cause: error,
    });
  }
  return new AppError('database_unreachable', `the database cannot be used: ${messageOf(error) || code}`, {
    retryable: true,
    cause: error,
  });
}

/**
 * SQLSTATE classes after which the server may not be the one to write to any more: the connection is broken (08), it shuts down or
 * starts (57P), it has become read-only (25006).
 */
const doubtfulStates = /^(08|57P0[123]$|25006$)/;

/** The connection broke, the server did not answer, or it takes no writes: with several hosts another may be the one. */
export function castsDoubt(error: unknown): boolean {
  if (!(error instanceof AppError) || error.code !== 'database_unreachable') return false;
  const state = sqlStateOf(error) ?? '';
  const isState = /^[0-9A-Z]{5}$/.test(state) && /\d/.test(state);
  return !isState || doubtfulStates.test(state);
}

export function unreachable(message: string): AppError {
  return new AppError('database_unreachable', message, { retryable: true });
}

/** SQLSTATE of the driver's error behind an `AppError`. */
export function sqlStateOf(error: unknown): string | undefined {
  return error instanceof AppError ? codeOf(error.cause) : codeOf(error);
}
