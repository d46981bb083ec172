// The one way to say something in the log.

/**
 * What a line carries besides its message. Keys with a fixed meaning: `pack`, `ref`, `revision`, `path`, `source`,
 * `cause` (why a pass ran), `durationMs`, `err` (what was thrown). Never a secret, never the text of a definition.
 */
export type LogFields = Readonly<Record<string, unknown>>;

/** One line per call; a line below the level costs next to nothing. Never throws. */
export type Logger = {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  /** A logger whose lines all carry these fields. */
  child(fields: LogFields): Logger;
};
