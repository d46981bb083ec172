// Types of oracle.mjs, for tests in TypeScript.
import type { Sql } from 'postgres';

export type OracleOptions = {
  /** The root on disk. */
  readonly root: string;
  /** A connection of its own; the caller ends it. */
  readonly sql: Sql;
  /** `root:<name>`. @default every source but the API's */
  readonly source?: string;
  /** @default 'packwatch' */
  readonly schema?: string;
  /** Overrules the oracle's own idea of a good file: false is bad, true good, undefined left to it. `path` is below the root. */
  readonly judge?: (path: string, text: string) => boolean | undefined;
  /**
   * True: what was served at the last call that found nothing must still be served where its file broke since. Removals and
   * renames have to be told by `forget`. @default false
   */
  readonly remembers?: boolean;
};

export type Oracle = {
  /** One sentence for each thing in which registry and disk differ; meant for a moment at which both stand still. */
  differences(): Promise<string[]>;
  /** A path below the root, file or directory, was taken away: nothing that came from it has to be kept. */
  forget(path: string): void;
};

export function createOracle(options: OracleOptions): Oracle;
