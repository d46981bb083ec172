// Why a file cannot be reached, read or checked → a finding about the whole file. Pure.
import type { DiagnosticCode, Finding } from '../model/diagnostic.ts';
import { codeOf, messageOf } from '../model/errors.ts';

/** A system error while a file was reached or read, as a finding. */
export function readRefusal(error: unknown): Finding {
  switch (codeOf(error)) {
    case 'EACCES':
    case 'EPERM':
      return refusal(
        'READ_DENIED',
        'permission denied',
        'let the user of the daemon read the file and its directories',
      );
    case 'ELOOP':
      return refusal('READ_LINK_LOOP', 'the symbolic link leads back to itself', 'remove the link');
    case 'ENOENT':
      return refusal(
        'READ_FAILED',
        'the file or the target of its link does not exist',
        'restore the file or remove the link',
      );
    default:
      return refusal(
        'READ_FAILED',
        `cannot be read: ${codeOf(error) ?? messageOf(error)}`,
        'look at the disk',
      );
  }
}

/** A file that was another one at every look. */
export function stillChanging(): Finding {
  return refusal(
    'READ_FAILED',
    'the file changes each time it is read',
    'let its writer finish, or write beside it and rename',
  );
}

/** A finding about a whole file. */
export function refusal(code: DiagnosticCode, message: string, help: string): Finding {
  return { code, severity: 'error', message, line: 1, column: 1, help };
}
