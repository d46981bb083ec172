import type postgres from 'postgres';

export type Epochs = {
  readonly faults: readonly string[];
  /** Versions that were written under a lease. */
  readonly commits: number;
  readonly epochs: number;
  readonly holders: number;
};
export function watchEpochs(sql: postgres.Sql, schema?: string): Promise<void>;
export function readEpochs(sql: postgres.Sql, schema?: string): Promise<Epochs>;
