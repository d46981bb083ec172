// What may stand in a log line: thrown things as plain values, no secrets, no control characters. Pure.
import { AppError } from '../model/errors.ts';

/** How an escaped control character has to look: in JSON that is kept, or in JSON that is decoded before it is shown. */
export type EscapeMode = 'json' | 'shown';

/** A thrown thing as a value. Fields beyond these stay out: a database driver hangs whole statements on its errors. */
export type Thrown = {
  readonly type: string;
  readonly message: string;
  readonly code?: string | number;
  readonly stack?: string;
  readonly cause?: Thrown;
};

/**
 * Follows `cause` at most five deep. What failed in the environment is told by its message and its causes: where in here it
 * surfaced helps nobody, so it has no stack; a refusal of the database is a defect of ours and has one.
 */
export function describeThrown(thrown: unknown, depth = 0, stacks = true): Thrown {
  if (!(thrown instanceof Error)) return { type: typeof thrown, message: String(thrown) };
  const code = 'code' in thrown ? thrown.code : undefined;
  const withStack = stacks && !(thrown instanceof AppError && thrown.code !== 'database_refused');
  return {
    type: thrown.name,
    message: thrown.message,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(thrown.stack === undefined || !withStack ? {} : { stack: thrown.stack }),
    ...(thrown.cause === undefined || depth >= 5
      ? {}
      : { cause: describeThrown(thrown.cause, depth + 1, withStack) }),
  };
}

/** Takes passwords out of URLs and tokens out of Authorization values, wherever they stand in a line. */
export function hideSecrets(line: string): string {
  if (!line.includes('://') && !/bearer/i.test(line)) return line;
  return line
    .replace(/([a-z][a-z0-9+.-]{0,20}:\/\/[^\s:/@"\\]{0,200}):(?:\\.|[^\s"\\]){0,500}@/gi, '$1:***@')
    .replace(/([?&](?:password|sslpassword|token)=)[^\s&"\\]{1,500}/gi, '$1***')
    .replace(/\b(bearer\s{1,5})[\x21\x23-\x5b\x5d-\x7e]{1,500}/gi, '$1***');
}

/**
 * Makes every control character of a JSON line visible. JSON itself escapes those below 0x20; DEL, 0x80 to 0x9F and the
 * two line separators are escaped here. `shown`: a formatter will decode the line, so escapes of characters that move
 * a cursor are escaped once more; line breaks and tabs are left to it.
 */
export function escapeControls(line: string, mode: EscapeMode): string {
  const slash = mode === 'json' ? '\\' : '\\\\';
  const escaped = line.replace(
    /[\x7f-\x9f\u2028\u2029]/g,
    (character) => `${slash}u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  if (mode === 'json') return escaped;
  // Escapes are taken pair by pair, or an escaped backslash before a `u` would be mistaken for one.
  return escaped.replace(/\\(?:(u00[01][0-9a-f]|[bf])|[\s\S])/gi, (pair, control: string | undefined) =>
    control === undefined ? pair : `\\\\${control}`,
  );
}
