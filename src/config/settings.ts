// Every setting of the program in one table: its variable, flag, default, help text and reader. Pure.
import { join, resolve } from 'node:path';
import type { Root } from '../model/pack.ts';
import { readDatabaseUrl, redactDatabaseUrl } from './database-url.ts';
import { readRoots, splitRoots } from './roots.ts';
import type { SettingValues } from './setting-values.ts';
import {
  oneOf,
  type Read,
  type ReadContext,
  readBoolean,
  readHostList,
  readHttpUrl,
  readListenAddress,
  readPath,
  readPercent,
  readSchemaName,
  refuse,
  wholeNumber,
} from './values.ts';

/** What a default may depend on. */
export type DefaultContext = ReadContext & {
  readonly cores: number;
  readonly env: Readonly<Record<string, string | undefined>>;
};

export type Setting<T> = {
  readonly variable: string;
  /** As `--help` prints it. */
  readonly default: string;
  readonly help: string;
  /** True: a flag without a value (`--strict`). */
  readonly isSwitch?: true;
  readonly read: (text: string, context: ReadContext) => Read<T>;
  readonly fallback: (context: DefaultContext, values: Partial<SettingValues>) => T;
  /** How a given text may be repeated in a message; undefined: not at all. Without it, as it is. */
  readonly show?: (text: string) => string | undefined;
};

const none = () => undefined;

/** In the order of `--help`; a fallback sees the values above it. */
export const settingTable: { readonly [Key in keyof SettingValues]: Setting<SettingValues[Key]> } = {
  databaseUrl: {
    variable: 'DATABASE_URL',
    default: 'embedded database',
    help: 'Postgres 15 or newer; several hosts allowed, the writable one is used',
    read: readDatabaseUrl,
    fallback: none,
    show: (text) => redactDatabaseUrl(text.trim()),
  },
  databaseUrlFile: {
    variable: 'PACKWATCH_DATABASE_URL_FILE',
    default: 'none',
    help: 'read the database URL from this file',
    read: readPath,
    fallback: none,
  },
  readUrl: {
    variable: 'PACKWATCH_READ_URL',
    default: 'none',
    help: 'a replica of the database, for reads of the catalogue',
    read: readDatabaseUrl,
    fallback: none,
    show: (text) => redactDatabaseUrl(text.trim()),
  },
  readUrlFile: {
    variable: 'PACKWATCH_READ_URL_FILE',
    default: 'none',
    help: "read the replica's URL from this file",
    read: readPath,
    fallback: none,
  },
  schema: {
    variable: 'PACKWATCH_SCHEMA',
    default: 'packwatch',
    help: 'database schema, and the NOTIFY channel',
    read: readSchemaName,
    fallback: () => 'packwatch',
  },
  roots: {
    variable: 'PACKWATCH_ROOTS',
    default: './packs',
    help: 'watched roots, separated by ":", each path or name=path',
    read: (text, context) => readRoots(splitRoots(text), context.cwd),
    fallback: ({ cwd }) => [{ source: 'root:packs' as Root['source'], path: join(cwd, 'packs') }],
  },
  stateDir: {
    variable: 'PACKWATCH_STATE_DIR',
    default: '$STATE_DIRECTORY, else ./.packwatch',
    help: 'directory of the embedded database',
    read: readPath,
    // A service manager may name several directories; the first is the unit's own.
    fallback: ({ cwd, env }) => resolve(cwd, (env['STATE_DIRECTORY'] ?? '').split(':', 1)[0] || '.packwatch'),
  },
  http: {
    variable: 'PACKWATCH_HTTP',
    default: '127.0.0.1:7410',
    help: 'listen address, or off',
    read: readListenAddress,
    fallback: () => ({ host: '127.0.0.1', port: 7410 }),
  },
  allowedHosts: {
    variable: 'PACKWATCH_ALLOWED_HOSTS',
    default: 'the listen address, localhost',
    help: 'Host headers answered, separated by commas',
    read: readHostList,
    fallback: (_, { http }) => (http === undefined ? ['localhost'] : [hostHeader(http.host), 'localhost']),
  },
  tokenFile: {
    variable: 'PACKWATCH_TOKEN_FILE',
    default: 'none',
    help: 'bearer tokens, one a line: name:role:token, role read or write; mode 0600',
    read: readPath,
    fallback: none,
  },
  url: {
    variable: 'PACKWATCH_URL',
    default: 'http://127.0.0.1:7410',
    help: 'the daemon that client commands talk to',
    read: readHttpUrl,
    fallback: () => 'http://127.0.0.1:7410',
    show: () => undefined,
  },
  token: {
    variable: 'PACKWATCH_TOKEN',
    default: 'none',
    help: 'bearer token of client commands',
    read: (text) =>
      /^[\x21-\x7e]+$/.test(text) ? { value: text } : refuse('printable characters without spaces'),
    fallback: none,
    show: () => undefined,
  },
  settleMs: {
    variable: 'PACKWATCH_SETTLE_MS',
    default: '50',
    help: 'quiet time before a changed pack is read, ms (5 to 10000)',
    read: wholeNumber(5, 10_000),
    fallback: () => 50,
  },
  settleMaxMs: {
    variable: 'PACKWATCH_SETTLE_MAX_MS',
    default: '1000',
    help: 'longest wait while changes keep coming, ms',
    read: wholeNumber(5, 60_000),
    fallback: (_, { settleMs = 0 }) => Math.max(1000, settleMs),
  },
  rescanS: {
    variable: 'PACKWATCH_RESCAN_S',
    default: '30',
    help: 'time between full compares of disk and registry, s (1 to 3600)',
    read: wholeNumber(1, 3600),
    fallback: () => 30,
  },
  watch: {
    variable: 'PACKWATCH_WATCH',
    default: 'auto',
    help: 'how changes are noticed: auto, events, poll or off',
    read: oneOf('auto', 'events', 'poll', 'off'),
    fallback: () => 'auto',
  },
  maxFileBytes: {
    variable: 'PACKWATCH_MAX_FILE_BYTES',
    default: '1048576',
    help: 'larger files are refused, bytes',
    read: wholeNumber(1, 64 * 1024 ** 2),
    fallback: () => 1024 ** 2,
  },
  cacheBytes: {
    variable: 'PACKWATCH_CACHE_BYTES',
    default: '67108864',
    help: 'bound of the parse cache, bytes',
    // Zero is refused: to a size-bounded cache it would mean no bound.
    read: wholeNumber(1, 16 * 1024 ** 3),
    fallback: () => 64 * 1024 ** 2,
  },
  concurrency: {
    variable: 'PACKWATCH_CONCURRENCY',
    default: 'number of cores',
    help: 'parallel reads and parses (1 to 256)',
    read: wholeNumber(1, 256),
    fallback: ({ cores }) => Math.min(256, Math.max(1, cores)),
  },
  pruneMaxPercent: {
    variable: 'PACKWATCH_PRUNE_MAX',
    default: '20%',
    help: 'more removals than this are held for a person; 0 holds every one',
    read: readPercent,
    fallback: () => 20,
  },
  retainDays: {
    variable: 'PACKWATCH_RETAIN_DAYS',
    default: '30',
    help: 'a retired definition is purged after this, days',
    read: wholeNumber(0, 36_500),
    fallback: () => 30,
  },
  keepRevisions: {
    variable: 'PACKWATCH_KEEP_REVISIONS',
    default: '1000',
    help: 'revisions kept of a definition; 0 keeps all',
    read: wholeNumber(0, 1_000_000),
    fallback: () => 1000,
  },
  drift: {
    variable: 'PACKWATCH_DRIFT',
    default: 'heal',
    help: 'rows changed by hand: heal or report',
    read: oneOf('heal', 'report'),
    fallback: () => 'heal',
  },
  logLevel: {
    variable: 'PACKWATCH_LOG_LEVEL',
    default: 'info',
    help: 'lowest level that is logged',
    read: oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
    fallback: () => 'info',
  },
  strict: {
    variable: 'PACKWATCH_STRICT',
    default: 'false',
    help: 'warnings count as errors',
    isSwitch: true,
    read: readBoolean,
    fallback: () => false,
  },
};

export function isSettingKey(key: string): key is keyof SettingValues {
  return Object.hasOwn(settingTable, key);
}

/** The long flag of a variable, without dashes: `settle-ms` for `PACKWATCH_SETTLE_MS`. */
export function flagOf(variable: string): string {
  return variable
    .replace(/^PACKWATCH_/, '')
    .toLowerCase()
    .replaceAll('_', '-');
}

/** A literal IPv6 address is written in brackets in a Host header. */
function hostHeader(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
