// Failures of the environment, as typed errors. An author's mistake is a Diagnostic, never one of these.

export type AppErrorCode =
  /** The database does not answer, refuses, or was lost in the middle of a statement. */
  | 'database_unreachable'
  /** The database answered with an error that a later try cannot mend. */
  | 'database_refused'
  /** The schema is newer than this program and marked breaking, or a migration file was changed. */
  | 'schema_incompatible'
  /** The embedded server's binaries are not installed. */
  | 'embedded_missing'
  /** The state directory cannot hold the embedded server. */
  | 'embedded_unusable'
  /** The embedded server did not start. */
  | 'embedded_failed'
  /** The source is led by another live daemon. */
  | 'lease_held'
  /** The HTTP listener could not be opened. */
  | 'listen_failed'
  /** No daemon answers a client command, or what answers is none. */
  | 'daemon_unreachable'
  /** The command was aborted by a signal. */
  | 'aborted';

/** An error of the environment. `retryable` says whether waiting may mend it; `reconcile/loop.ts` retries, and `sync`. */
export class AppError extends Error {
  readonly code: AppErrorCode;
  readonly retryable: boolean;

  constructor(code: AppErrorCode, message: string, options: { retryable: boolean; cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.retryable = options.retryable;
  }
}

/** The text of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The `code` of a system or driver error (`ENOENT`, `57P01`), if it has one. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
