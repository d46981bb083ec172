// May statements be prepared, so that the server plans each once a connection? Only where every connection is one of the server's own:
// behind a pooler in transaction mode the next statement may run on another.
import { codeOf } from '../model/errors.ts';

/** The driver's client, as far as it is needed here. */
type Client = {
  (text: TemplateStringsArray): PromiseLike<readonly Readonly<Record<string, unknown>>[]>;
  readonly options: { prepare: boolean };
};

/**
 * Prepares statements from now on where the process that answers is the one that the connection was opened to: a pooler has to
 * give its clients keys of its own, for it hands on what they cancel. Never throws: what cannot be found out is not prepared.
 */
export async function prepareWhereDirect(sql: Client): Promise<void> {
  try {
    const pending = sql`select pg_backend_pid() as pid`;
    const [row] = await pending;
    const { state } = pending as typeof pending & { readonly state?: { readonly pid?: unknown } };
    if (row !== undefined && state?.pid === row['pid']) sql.options.prepare = true;
  } catch {
    return; // the statements that matter say what ails the database
  }
}

/** True when a prepared statement is not where it was, or there already: a pooler has come in between since. */
export function isPoolersFault(error: unknown): boolean {
  return ['26000', '42P05'].includes(codeOf(error) ?? '');
}
