// What the registry holds: a pack, a workflow definition and an action, as their rows want them.
import type { JsonText } from './canonical.ts';
import type { Digest, Json, JsonObject, PackDir, PackPath, PackRef, Ref, Revision } from './pack.ts';

/** The pack row. */
export type PackDefinition = {
  readonly ref: PackRef;
  readonly label: string;
  readonly description: string | null;
  readonly version: string;
  readonly confSchema: JsonObject;
  readonly config: JsonObject;
  readonly meta: JsonObject;
  readonly tags: readonly string[];
  readonly runtimeDeps: readonly string[];
  readonly dependencies: readonly string[];
  readonly isStandard: boolean;
  /** Directory below the root. */
  readonly dir: PackDir;
  /** Digest of everything above but `dir`. */
  readonly revision: Revision;
};

/** A workflow accepted by validation, in canonical form, with ref and revision. */
export type Definition = {
  readonly ref: Ref;
  readonly packRef: PackRef;
  readonly label: string;
  readonly description: string | null;
  readonly version: string;
  readonly paramSchema: JsonText;
  readonly outSchema: JsonText;
  /** The whole normalised workflow, ref and label filled in. */
  readonly definition: JsonText;
  readonly tags: readonly string[];
  readonly revision: Revision;
  /** The file that holds the graph, which for an action-linked workflow is not the action's; null: written through the API by itself. */
  readonly sourcePath: PackPath | null;
  /** The text as written. */
  readonly sourceText: string;
  readonly fileDigest: Digest;
};

/** The action row: a plain action, or the callable side of the workflow of the same ref. */
export type ActionDefinition = {
  readonly ref: Ref;
  readonly packRef: PackRef;
  readonly label: string;
  readonly description: string | null;
  readonly entrypoint: string;
  /** Ref of the runtime its `runner_type` names (`core.shell`); null for a workflow. */
  readonly runtimeRef: string | null;
  readonly paramSchema: JsonText;
  readonly outSchema: JsonText;
  readonly parameterDelivery: string;
  readonly parameterFormat: string;
  readonly outputFormat: string;
  readonly timeoutSeconds: number | null;
  readonly maxRetries: number;
  readonly runtimeVersionConstraint: string | null;
  readonly accessesMcp: boolean;
  readonly permissionSetRefs: readonly string[];
  readonly requiredWorkerRuntimes: JsonObject;
  readonly workerSelector: JsonObject;
  readonly workerTolerations: readonly Json[];
  readonly workerAffinity: JsonObject;
  /** True when a workflow definition of the same ref stands behind it. */
  readonly isWorkflow: boolean;
  /** Digest of everything above. */
  readonly revision: Revision;
  /** The action's file, or the workflow's where no action file names it; null as there. */
  readonly sourcePath: PackPath | null;
};
