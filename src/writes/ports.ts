// What writing through the API needs from the edges. `daemon/` hands them in; nothing here knows Postgres, HTTP or timers.
import type { RevisionCause } from '../model/change.ts';
import type { CheckedFile } from '../model/file.ts';
import type { FileRole, PackDir, PackRef, SourceName } from '../model/pack.ts';
import type { ApplyResult, RegistrationPlan } from '../model/plan.ts';
import type { RegisteredState } from '../model/state.ts';

export type WritePorts = {
  check(role: FileRole, bytes: Uint8Array): Promise<CheckedFile>;
  /** Paths relative to the pack's directory. */
  readArchive(bytes: Uint8Array): Promise<Archive>;
  /** A pack by its ref, with the files of `dir`. */
  readPack(source: SourceName, packRef: PackRef, dir: PackDir): Promise<RegisteredState>;
  /** One statement: all of the plan or nothing of it. */
  apply(plan: RegistrationPlan, cause: RevisionCause): Promise<ApplyResult>;
  /** Tag of the workflow or pack of a ref, and the generation of its pack, of one moment; undefined: there is none. */
  readTag(kind: 'workflow' | 'pack', ref: string): Promise<Tagged | undefined>;
  /** Runs steps to their end, letting the event loop turn between them. */
  inTurns<Result>(steps: Generator<undefined, Result>): Promise<Result>;
  sleep(ms: number): Promise<void>;
  /** From 0 to 1. */
  random(): number;
  /** Digest of the rules and of the settings that change a verdict. */
  readonly checkedBy: string;
  /** Warnings count as errors. */
  readonly strict: boolean;
  /** Larger files of an archive are refused. */
  readonly maxFileBytes: number;
};

export type Archive =
  | { readonly ok: true; readonly files: ReadonlyMap<string, Uint8Array> }
  | { readonly ok: false; readonly message: string };

export type Tagged = { readonly tag: string; readonly generation: number };
