// A valid manifest's or action's plain value → its typed form, defaults filled in.
import type { ActionFile, ManifestFile } from '../model/file.ts';
import type { Json, JsonObject } from '../model/pack.ts';
import { json } from './normalise.ts';
import { isMap, listOf, type RawMap, stringOf } from './raw.ts';
import { manifestSpellings } from './schema/manifest.ts';

/** The typed form of a manifest. `root` has passed schema and rules and has no structural nulls. */
export function readManifest(root: RawMap): ManifestFile {
  const keys: Record<string, unknown> = { ...root };
  for (const [documented, other] of manifestSpellings) keys[documented] ??= root[other];
  return {
    role: 'manifest',
    ref: stringOf(keys['ref']),
    label: stringOf(keys['label']),
    description: stringOf(keys['description']),
    version: stringOf(keys['version']),
    confSchema: mapOf(keys['conf_schema']),
    config: mapOf(keys['config']),
    meta: mapOf(keys['meta']),
    tags: stringsOf(keys['tags']),
    runtimeDeps: stringsOf(keys['runtime_deps']),
    dependencies: stringsOf(keys['dependencies']),
    isStandard: keys['is_standard'] === true,
  };
}

/** The typed form of an action. `root` has passed the schema and has no structural nulls. */
export function readAction(root: RawMap): ActionFile {
  return {
    role: 'action',
    ref: stringOf(root['ref']),
    label: stringOf(root['label']),
    description: stringOf(root['description']),
    workflowFile: stringOf(root['workflow_file']),
    entryPoint: stringOf(root['entry_point']) ?? '',
    runnerType: stringOf(root['runner_type']) ?? 'shell',
    parameters: json(root['parameters']),
    output: json(root['output']),
    parameterDelivery: oneOf(root['parameter_delivery'], ['stdin', 'file']),
    parameterFormat: oneOf(root['parameter_format'], ['json', 'dotenv', 'yaml']),
    outputFormat: oneOf(root['output_format'], ['text', 'json', 'yaml', 'jsonl']),
    timeoutSeconds: numberOf(root['timeout_seconds']),
    maxRetries: numberOf(root['max_retries']) ?? 0,
    runtimeVersion: stringOf(root['runtime_version']),
    accessesMcp: root['accesses_mcp'] === true,
    permissionSetRefs: stringsOf(root['default_execution_permission_set_refs']),
    requiredWorkerRuntimes: mapOf(root['required_worker_runtimes']),
    workerSelector: mapOf(root['worker_selector']),
    workerTolerations: listOf(root['worker_tolerations']) as readonly Json[],
    workerAffinity: mapOf(root['worker_affinity']),
    tags: stringsOf(root['tags']),
  };
}

function mapOf(value: unknown): JsonObject {
  return isMap(value) ? (value as JsonObject) : {};
}

function stringsOf(value: unknown): readonly string[] {
  return listOf(value).filter((item) => typeof item === 'string');
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

/** The value if it is one of the words, else the first, which is the default. */
function oneOf<const T extends string>(value: unknown, words: readonly [T, ...T[]]): T {
  return words.find((word) => word === value) ?? words[0];
}
