// What files say (facts, desired) and what Postgres says (registered), as plain values.

import type { ActionDefinition, Definition, PackDefinition } from './definition.ts';
import type { Diagnostic } from './diagnostic.ts';
import type { Digest, FileRole, PackDir, PackPath, PackRef, Ref, Revision, SourceName } from './pack.ts';

export type FileState = 'valid' | 'invalid' | 'unreadable' | 'conflict' | 'ignored';
export type DefinitionStatus = 'active' | 'degraded' | 'retired';

/** A row of `pack_file`: what lies on disk, whatever is served. */
export type FileRow = {
  readonly path: PackPath;
  readonly role: FileRole;
  /** The ref it yields or claims; null for a graph file that several actions name. */
  readonly ref: string | null;
  /** Paths an action's `workflow_file` names. */
  readonly links: readonly PackPath[];
  /** Null when the bytes could not be read. */
  readonly digest: Digest | null;
  readonly checkedBy: string;
  readonly state: FileState;
  readonly diagnostics: readonly Diagnostic[];
};

export type RegisteredPack = {
  /** Who owns the ref. */
  readonly source: SourceName;
  readonly dir: PackDir | null;
  readonly status: DefinitionStatus;
  readonly revision: string | null;
  /** Goes up with every change of the pack's rows by anybody. */
  readonly generation: number;
  /** True when a row of the pack was changed by somebody else than `apply_pack`. */
  readonly drifted: boolean;
};

/** A registered workflow or action, as far as a plan needs it. */
export type RegisteredDefinition = {
  readonly source: SourceName;
  readonly status: DefinitionStatus;
  readonly revision: Revision | null;
  readonly sourcePath: PackPath | null;
  readonly drifted: boolean;
};

export type RegisteredWorkflow = RegisteredDefinition & {
  /** Under a pin null: the row is not made from the file. */
  readonly fileDigest: Digest | null;
  /** The revision that a rollback pinned and that is served; `revision` is then the one on disk it was pinned over. */
  readonly pinned: Revision | null;
  /** A person wants it served although its file is gone. */
  readonly isProtected: boolean;
};
export type RegisteredAction = RegisteredDefinition & { readonly isWorkflow: boolean };

/** What Postgres holds for one pack ref and the directories of one source that claim or held it. */
export type RegisteredState = {
  /** Undefined: no pack row of that ref. */
  readonly pack: RegisteredPack | undefined;
  readonly workflows: ReadonlyMap<Ref, RegisteredWorkflow>;
  readonly actions: ReadonlyMap<Ref, RegisteredAction>;
  readonly files: ReadonlyMap<PackPath, FileRow>;
};

/** A pack of a source in the overview that a full pass begins with. */
export type RegisteredPackSummary = {
  readonly ref: PackRef;
  readonly dir: PackDir | null;
  readonly status: DefinitionStatus;
  /** A row of it was changed by somebody else than `apply_pack`. */
  readonly drifted: boolean;
  /** Definitions and plain actions that are not retired; a definition whose action somebody deleted is one too. */
  readonly live: number;
  /** Workflow definitions that are not retired. */
  readonly workflows: number;
};

/** Everything a full pass needs to find the packs that need work. */
export type RegisteredSource = {
  readonly packs: ReadonlyMap<PackRef, RegisteredPackSummary>;
  /** By the directory that they lie in; none that has no rows. */
  readonly files: ReadonlyMap<PackDir, ReadonlyMap<PackPath, FileRow>>;
  /** Removals that wait for a person, or were decided and are not done yet: of the whole source. */
  readonly batches: readonly PendingBatch[];
  /**
   * Degraded refs of the whole source that no bad file accounts for: what they came from is gone (held, rejected, about to be
   * retired), or is good and has not been served since.
   */
  readonly strays: readonly Ref[];
  /** Of one directory: the pack that was registered for it when it was read last, as of this moment. */
  readonly along?: {
    readonly packRef: PackRef;
    readonly dir: PackDir;
    readonly registered: RegisteredState;
  };
};

/** A held batch (contract §5.4), as far as refs of it are still served and their files have not come back. */
export type PendingBatch = {
  readonly id: string;
  readonly reason: 'threshold' | 'root_empty';
  readonly state: 'open' | 'approved' | 'rejected';
  readonly refs: readonly Ref[];
};

/** A workflow as its files want it; `same` when every file it comes from is as registered. */
export type DesiredWorkflow =
  | { readonly same: true; readonly sourcePath: PackPath }
  | { readonly same: false; readonly definition: Definition };

export type DesiredAction =
  | { readonly same: true; readonly sourcePath: PackPath; readonly isWorkflow: boolean }
  | { readonly same: false; readonly action: ActionDefinition };

/** A last good revision that goes on being served, and why. */
export type Kept = {
  readonly ref: Ref;
  readonly reason:
    | 'invalid'
    | 'unreadable'
    | 'conflict'
    | 'manifest'
    | 'incomplete'
    // Its file is gone, and a person has not decided, has said no, or wanted it served whatever happens.
    | 'held'
    | 'rejected'
    | 'protected';
  /** The file that is at fault, or gone. */
  readonly path: PackPath;
};

/** What the files of one pack say, complete. */
export type DesiredPack = {
  readonly source: SourceName;
  readonly dir: PackDir;
  /** Null: the manifest never told a valid ref, so nothing of the directory is registered. */
  readonly packRef: PackRef | null;
  /**
   * `same`: the manifest is as registered. `kept`: it is bad, the pack stays as it is. `gone`: the directory is no pack any more.
   * `guest`: the definitions alone are written, whoever owns the pack.
   */
  readonly pack: PackDefinition | 'same' | 'kept' | 'gone' | 'guest';
  readonly workflows: ReadonlyMap<Ref, DesiredWorkflow>;
  readonly actions: ReadonlyMap<Ref, DesiredAction>;
  readonly kept: readonly Kept[];
  readonly conflicts: readonly Conflict[];
  readonly files: ReadonlyMap<PackPath, FileRow>;
  /** False: something could not be listed, so absence proves nothing and nothing may be retired. */
  readonly complete: boolean;
};

/** Two files (or a file and another source) that claim one ref. */
export type Conflict = {
  readonly ref: string;
  /** The one that serves. */
  readonly incumbent: string;
  readonly challengers: readonly PackPath[];
};
