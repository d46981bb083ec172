// What one of several hosts says of itself: whether it takes writes, and how late it was promoted.
import { sqlStateOf } from './database-errors.ts';
import type { HostState } from './primary.ts';

/** Runs a statement without parameters on the host in question. */
type Query = (statement: string) => PromiseLike<readonly Readonly<Record<string, unknown>>[]>;

/** Throws when it cannot be asked. */
export async function readHostState(query: Query): Promise<HostState> {
  const [row] = await query(
    "select pg_is_in_recovery() as is_standby, current_setting('transaction_read_only') = 'on' as is_read_only",
  );
  if (row?.['is_standby'] !== false) return { takesWrites: false, why: 'it is a standby', timeline: '' };
  if (row['is_read_only'] === true) return { takesWrites: false, why: 'it is read-only', timeline: '' };
  return { takesWrites: true, why: '', timeline: await readTimeline(query) };
}

/** Empty where the server has no such log, or does not tell. */
async function readTimeline(query: Query): Promise<string> {
  try {
    const [row] = await query('select left(pg_walfile_name(pg_current_wal_lsn()), 8) as timeline');
    return String(row?.['timeline'] ?? '');
  } catch (error) {
    if (sqlStateOf(error) === undefined) throw error;
    return '';
  }
}
