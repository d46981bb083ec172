// The decided difference between desired and registered: a value that can be printed, tested and applied.
import type { ActionDefinition, Definition, PackDefinition } from './definition.ts';
import type { PackDir, PackPath, PackRef, Ref, SourceName } from './pack.ts';
import type { Conflict, DefinitionStatus, FileRow, Kept } from './state.ts';

/** Verbs of `catalog_change`. */
export type ChangeVerb =
  | 'registered'
  | 'updated'
  | 'touched'
  | 'moved'
  | 'degraded'
  | 'recovered'
  | 'retired'
  | 'unpinned'
  | 'rejected';

/** One line of the plan: what happens to a ref and why. */
export type PlannedChange = {
  readonly ref: Ref;
  readonly path: PackPath;
  readonly verb: ChangeVerb;
  /** In words, for `plan` and the log. */
  readonly reason: string;
  /** Of a removal: the held batch that a person approved. */
  readonly batch?: string;
};

/** A definition under a pin, to be served again as it was pinned. */
export type Restored = { readonly ref: Ref; readonly sourcePath: PackPath | null };

/** What one apply of one pack does. Empty arrays and undefined mean: leave as it is. */
export type RegistrationPlan = {
  readonly source: SourceName;
  readonly dir: PackDir;
  readonly packRef: PackRef | null;
  /** Generation the plan was made from; null when the pack row does not exist. */
  readonly generation: number | null;
  readonly pack: PackDefinition | undefined;
  readonly packStatus: DefinitionStatus | undefined;
  /** True: rows were changed by hand; the apply takes note of them even when nothing else differs. */
  readonly acknowledge: boolean;
  /** Rows to write in full, in ref order. */
  readonly workflows: readonly Definition[];
  readonly actions: readonly ActionDefinition[];
  /** Rows of which only text, digest or path differ: no revision, `updated` unmoved. */
  readonly touch: readonly Definition[];
  /** Pinned revisions that came back, or whose row was changed by hand. */
  readonly restore: readonly Restored[];
  readonly degrade: readonly Ref[];
  readonly recover: readonly Ref[];
  /** Workflow definitions to retire. */
  readonly retire: readonly Ref[];
  /** Actions to retire: the callable sides of those, and plain ones. */
  readonly retireActions: readonly Ref[];
  readonly files: readonly FileRow[];
  readonly removedFiles: readonly PackPath[];
  readonly changes: readonly PlannedChange[];
  /** Refs whose removal waits for a person. */
  readonly held: readonly Ref[];
  /** Refs that go on being served for another reason. */
  readonly kept: readonly Kept[];
  /** Rows changed by hand that are left as they are, as the settings want it. */
  readonly drifted: readonly Ref[];
  readonly conflicts: readonly Conflict[];
  /** Workflow definitions that are as they should be. */
  readonly unchanged: number;
};

/** A plan as it is told of: without what the rows contain, which would be all of a catalogue by the end of its load. */
export type ToldPlan = Omit<RegistrationPlan, 'pack' | 'workflows' | 'actions' | 'touch'> & {
  readonly workflows: readonly Pick<Definition, 'ref' | 'revision' | 'sourcePath'>[];
  readonly actions: readonly Pick<ActionDefinition, 'ref' | 'isWorkflow'>[];
  readonly touch: readonly Pick<Definition, 'ref' | 'revision'>[];
};

/** What came of an apply. */
export type ApplyResult =
  | { readonly outcome: 'applied'; readonly written: number; readonly version: number | null }
  /** Somebody else wrote: read and plan again. */
  | { readonly outcome: 'stale' }
  /** The lease is gone: this process is not the writer any more. */
  | { readonly outcome: 'fenced' };
