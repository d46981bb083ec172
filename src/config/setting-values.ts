// What every setting is once it was read: unit, bounds, default and variable of each.
import type { Root } from '../model/pack.ts';
import type { ListenAddress } from './values.ts';

/** Values that come straight from one flag or variable each. Paths are absolute. */
export type SettingValues = {
  /** Where the registry lives; undefined: the embedded database. @default undefined. `DATABASE_URL` */
  readonly databaseUrl: string | undefined;
  /** File that holds the URL, instead of `databaseUrl`. @default undefined. `PACKWATCH_DATABASE_URL_FILE` */
  readonly databaseUrlFile: string | undefined;
  /** A replica that reads of the catalogue may go to. @default undefined. `PACKWATCH_READ_URL` */
  readonly readUrl: string | undefined;
  /** File that holds that URL, instead of `readUrl`. @default undefined. `PACKWATCH_READ_URL_FILE` */
  readonly readUrlFile: string | undefined;
  /** Schema of the registry and name of its NOTIFY channel. @default `packwatch`. `PACKWATCH_SCHEMA` */
  readonly schema: string;
  /** Watched roots, one or more, none inside another. @default `./packs`. `PACKWATCH_ROOTS` */
  readonly roots: readonly Root[];
  /** Directory of the embedded database. @default `$STATE_DIRECTORY`, else `./.packwatch`. `PACKWATCH_STATE_DIR` */
  readonly stateDir: string;
  /** Where to listen; undefined: no HTTP. @default 127.0.0.1:7410. `PACKWATCH_HTTP` */
  readonly http: ListenAddress | undefined;
  /** Host headers answered. @default the listen address and `localhost`. `PACKWATCH_ALLOWED_HOSTS` */
  readonly allowedHosts: readonly string[];
  /** File of bearer tokens. @default undefined. `PACKWATCH_TOKEN_FILE` */
  readonly tokenFile: string | undefined;
  /** The daemon that client commands talk to. @default `http://127.0.0.1:7410`. `PACKWATCH_URL` */
  readonly url: string;
  /** The client's bearer token. Secret. @default undefined. `PACKWATCH_TOKEN` */
  readonly token: string | undefined;
  /** Quiet time before a changed pack is read, ms, 5 to 10 000. @default 50. `PACKWATCH_SETTLE_MS` */
  readonly settleMs: number;
  /**
   * Longest wait while changes keep coming, ms, `settleMs` to 60 000. @default 1000, or `settleMs` where that is more.
   * `PACKWATCH_SETTLE_MAX_MS`
   */
  readonly settleMaxMs: number;
  /** Time between full compares of disk and registry, s, 1 to 3600. @default 30. `PACKWATCH_RESCAN_S` */
  readonly rescanS: number;
  /** How changes are noticed. @default `auto`. `PACKWATCH_WATCH` */
  readonly watch: 'auto' | 'events' | 'poll' | 'off';
  /** Larger files are refused, bytes, 1 to 64 MiB. @default 1 MiB. `PACKWATCH_MAX_FILE_BYTES` */
  readonly maxFileBytes: number;
  /** Bound of the parse cache, bytes, 1 to 16 GiB. @default 64 MiB. `PACKWATCH_CACHE_BYTES` */
  readonly cacheBytes: number;
  /** Parallel reads and parses, 1 to 256. @default number of cores. `PACKWATCH_CONCURRENCY` */
  readonly concurrency: number;
  /**
   * Share of a source's definitions that may go without being held, percent, 0 to 100; 0 holds every removal.
   * @default 20. `PACKWATCH_PRUNE_MAX`
   */
  readonly pruneMaxPercent: number;
  /** A retired definition is purged after this, days, 0 to 36 500. @default 30. `PACKWATCH_RETAIN_DAYS` */
  readonly retainDays: number;
  /** Revisions kept of a definition, 0 to 1 000 000; 0 keeps all. @default 1000. `PACKWATCH_KEEP_REVISIONS` */
  readonly keepRevisions: number;
  /** What happens to rows changed by hand. @default `heal`. `PACKWATCH_DRIFT` */
  readonly drift: 'heal' | 'report';
  /** Lowest level that is logged. @default `info`. `PACKWATCH_LOG_LEVEL` */
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  /** Warnings count as errors. @default false. `PACKWATCH_STRICT` */
  readonly strict: boolean;
};
