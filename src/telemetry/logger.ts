// Fields and a message → one JSON line on stderr, or readable text for an author. The only user of pino.
import type { Writable } from 'node:stream';
import { type DestinationStream, destination, type Logger as Pino, pino } from 'pino';
import type { LogFields, Logger } from '../model/logger.ts';
import { describeThrown, escapeControls, hideSecrets } from './log-text.ts';

export type LoggerOptions = {
  /** `trace`, `debug`, `info`, `warn`, `error`, `fatal` or `silent`. */
  readonly level: string;
  readonly destination: 'stderr' | Writable;
  /** Text for people instead of JSON lines. @default false */
  readonly pretty?: boolean;
  /** Colours of the text for people. @default false */
  readonly colour?: boolean;
};

/** The logger of the process. */
export type RootLogger = Logger & {
  level(): string;
  /** From now on, children included. */
  setLevel(level: string): void;
  /** Writes what is buffered, for at most about two seconds; call it last, before the process leaves. Never throws. */
  flush(): void;
};

type Sink = { readonly stream: DestinationStream; flush(): void };

/** Longest backlog that is kept for a reader of stderr that does not read; later lines are dropped. */
const maxBacklogBytes = 8 * 1024 ** 2;

/** Values under these names are never written, at the top of a line or one level down. */
const secretKeys = ['authorization', 'cookie', 'databaseUrl', 'password', 'secret', 'token'];

/**
 * Opens the log. A line has `level`, `time` (ISO 8601), the fields and `msg`; control characters, also those above
 * 0x7F that some terminals obey, are escaped, and passwords in URLs and bearer tokens are taken out of any text.
 */
export async function createLogger(options: LoggerOptions): Promise<RootLogger> {
  const sink = options.pretty ? await openPretty(options) : openPlain(options.destination);
  const clean = options.pretty
    ? (line: string) => escapeControls(hideSecrets(line), 'shown')
    : (line: string) => escapeControls(hideSecrets(line), 'json');
  const root = pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: (thrown: unknown) => describeThrown(thrown) },
      redact: { paths: secretKeys.flatMap((key) => [key, `*.${key}`]), censor: '[hidden]' },
      hooks: { streamWrite: clean },
    },
    sink.stream,
  );
  const setLevel = (level: string) => {
    root.level = level;
  };
  return { ...wrap(root), level: () => root.level, setLevel, flush: sink.flush };
}

/** Not the library's children: each of those has a level of its own. */
function wrap(root: Pino, own?: LogFields): Logger {
  const all = (fields: LogFields): LogFields => (own ? { ...own, ...fields } : fields);
  return {
    debug: (fields, message) => root.debug(all(fields), message),
    info: (fields, message) => root.info(all(fields), message),
    warn: (fields, message) => root.warn(all(fields), message),
    error: (fields, message) => root.error(all(fields), message),
    child: (fields) => wrap(root, all(fields)),
  };
}

/** Lines are written behind the caller's back: a slow reader of stderr must not block the event loop. */
function openPlain(target: LoggerOptions['destination']): Sink {
  if (target !== 'stderr') return { stream: target, flush: () => undefined };
  let triesLeft = Number.POSITIVE_INFINITY;
  const stream = destination({
    dest: 2,
    sync: false,
    maxLength: maxBacklogBytes,
    // Unlimited while running, where waiting costs nothing; limited once we are about to leave.
    retryEAGAIN: () => triesLeft-- > 0,
  });
  stream.on('error', () => {
    // There is no other place to tell that the log cannot be written; the work goes on without it.
  });
  const flush = (): void => {
    triesLeft = 20;
    try {
      stream.flushSync();
    } catch {
      // As above: what cannot be written is lost, and the exit is not to be delayed by it.
    }
  };
  return { stream, flush };
}

async function openPretty(options: LoggerOptions): Promise<Sink> {
  const { prettyFactory } = await import('pino-pretty');
  const format = prettyFactory({
    colorize: options.colour ?? false,
    translateTime: 'SYS:HH:MM:ss.l',
    singleLine: true,
  });
  const sink = openPlain(options.destination);
  return { stream: { write: (line) => sink.stream.write(format(line)) }, flush: sink.flush };
}
