// A request that a daemon understood and refused, as an error that carries what its problem document said.
import type { Diagnostic } from '../model/diagnostic.ts';

export type RefusalFields = {
  /** HTTP status. */
  readonly status: number;
  /** `code` of the problem document. */
  readonly code: string;
  /** One sentence. */
  readonly detail: string;
  /** Where a definition is at fault. */
  readonly diagnostics: readonly Diagnostic[];
};

/** Thrown by every call of the client that is answered with an RFC 9457 document. */
export class RefusalError extends Error {
  readonly status: number;
  readonly code: string;
  readonly diagnostics: readonly Diagnostic[];

  constructor({ status, code, detail, diagnostics }: RefusalFields) {
    super(detail);
    this.name = 'RefusalError';
    this.status = status;
    this.code = code;
    this.diagnostics = diagnostics;
  }
}
