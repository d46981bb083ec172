// What a test says is on disk, in a few words → the DesiredPack that real plans are made from, and its way into the registry.
import { createHash } from 'node:crypto';
import { canonicalJson } from '../../src/model/canonical.ts';
import type { Cause } from '../../src/model/change.ts';
import type { ActionDefinition, Definition, PackDefinition } from '../../src/model/definition.ts';
import type { Json, PackDir, PackPath, PackRef, Ref, SourceName } from '../../src/model/pack.ts';
import type { ApplyResult, RegistrationPlan } from '../../src/model/plan.ts';
import type { DesiredPack, FileRow, Kept } from '../../src/model/state.ts';
import { defineCompanion } from '../../src/registry/define.ts';
import { isEmptyPlan, planPack } from '../../src/registry/plan.ts';
import { revisionOf, revisionOfText } from '../../src/registry/revision.ts';
import type { Writer } from '../../src/store/writer.ts';
import type { TestDatabase } from './postgres.ts';

export type WorkflowContent = {
  /** What its only task does: another body is another revision. */
  readonly body?: string;
  /** The file as written; another text with the same body is a touch. */
  readonly text?: string;
  readonly label?: string;
  readonly description?: string | null;
  readonly version?: string;
  readonly paramSchema?: Json;
  readonly outSchema?: Json;
  readonly tags?: readonly string[];
  /** Below the pack's directory. */
  readonly path?: string;
  /** The file's last bytes are no valid workflow. */
  readonly invalid?: true;
};

export type PackContent = {
  readonly source?: SourceName;
  readonly label?: string;
  readonly description?: string | null;
  readonly workflows?: Readonly<Record<string, WorkflowContent>>;
  /** Plain actions, with their entrypoint. */
  readonly actions?: Readonly<Record<string, string>>;
  /** The directory is no pack any more. */
  readonly gone?: true;
};

export const testSource = 'root:test' as SourceName;

export function sha(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The pack `name` in a directory of that name. */
export function desiredOf(name: string, content: PackContent = {}): DesiredPack {
  const packRef = name as PackRef;
  const dir = name as PackDir;
  const workflows = new Map<Ref, { same: false; definition: Definition }>();
  const actions = new Map<Ref, { same: false; action: ActionDefinition }>();
  const kept: Kept[] = [];
  const rows: FileRow[] = content.gone ? [] : [manifestRow(name, content)];
  for (const [stem, workflow] of Object.entries(content.workflows ?? {})) {
    const definition = defineWorkflow(packRef, stem, workflow);
    const { ref, sourcePath } = definition;
    rows.push(fileRow(definition, workflow));
    if (workflow.invalid) kept.push({ ref, reason: 'invalid', path: sourcePath as PackPath });
    else {
      workflows.set(ref, { same: false, definition });
      actions.set(ref, { same: false, action: defineCompanion(definition) });
    }
  }
  for (const [stem, entrypoint] of Object.entries(content.actions ?? {})) {
    const action = plainAction(packRef, stem, entrypoint);
    actions.set(action.ref, { same: false, action });
    rows.push(actionRow(action));
  }
  return {
    source: content.source ?? testSource,
    dir,
    packRef,
    pack: content.gone ? 'gone' : definePack(packRef, dir, content),
    workflows,
    actions,
    kept,
    conflicts: [],
    files: new Map(rows.map((row) => [row.path, row])),
    complete: true,
  };
}

function definePack(ref: PackRef, dir: PackDir, content: PackContent): PackDefinition {
  const { label = ref, description = null } = content;
  const fields = {
    ...{ ref, label, description, version: '1.0.0', confSchema: {}, config: { a: [1, null] }, meta: {} },
    ...{ tags: ['t'], runtimeDeps: [], dependencies: [], isStandard: false },
  };
  return { ...fields, dir, revision: revisionOf(fields) };
}

function defineWorkflow(packRef: PackRef, stem: string, content: WorkflowContent): Definition {
  const ref = `${packRef}.${stem}` as Ref;
  const { body = 'do it', label = stem, description = null, version = '1.0.0', tags = [] } = content;
  const parameters = content.paramSchema ?? null;
  const output = content.outSchema ?? null;
  const tasks = [{ name: 'only', action: 'core.echo', input: { body } }];
  const definition = canonicalJson({ ref, label, description, version, parameters, output, tasks, tags });
  const sourceText = content.text ?? `# as written\nbody: ${body}\n`;
  return {
    ...{ ref, packRef, label, description, version, definition, tags },
    paramSchema: canonicalJson(parameters),
    outSchema: canonicalJson(output),
    revision: revisionOfText(definition),
    sourcePath: `${packRef}/${content.path ?? `workflows/${stem}.yaml`}` as PackPath,
    sourceText,
    fileDigest: sha(sourceText) as Definition['fileDigest'],
  };
}

function plainAction(packRef: PackRef, stem: string, entrypoint: string): ActionDefinition {
  const ref = `${packRef}.${stem}` as Ref;
  const fields = {
    ...{ ref, packRef, label: stem, description: null, entrypoint, runtimeRef: 'core.shell' },
    ...{ paramSchema: canonicalJson({ type: 'object' }), outSchema: canonicalJson(null) },
    ...{ parameterDelivery: 'stdin', parameterFormat: 'json', outputFormat: 'text' },
    ...{ timeoutSeconds: 30, maxRetries: 2 },
    ...{ runtimeVersionConstraint: null, accessesMcp: false, permissionSetRefs: ['core.all'] },
    ...{ requiredWorkerRuntimes: {}, workerSelector: {}, workerTolerations: [], workerAffinity: {} },
    isWorkflow: false,
  };
  return {
    ...fields,
    revision: revisionOf(fields),
    sourcePath: `${packRef}/actions/${stem}.yaml` as PackPath,
  };
}

function manifestRow(name: string, content: PackContent): FileRow {
  const path = `${name}/pack.yaml` as PackPath;
  const digest = sha(JSON.stringify([content.label, content.description])) as FileRow['digest'];
  return { ...plainRow, path, role: 'manifest', ref: name, digest, state: 'valid', diagnostics: [] };
}

function fileRow(definition: Definition, content: WorkflowContent): FileRow {
  const { ref, fileDigest: digest } = definition;
  const path = definition.sourcePath as PackPath;
  const message = 'no such thing';
  const problem = { code: 'YAML_SYNTAX', severity: 'error', message, line: 2, column: 1, path } as const;
  const state = content.invalid ? 'invalid' : 'valid';
  const diagnostics = content.invalid ? [problem] : [];
  return { ...plainRow, path, role: 'workflow', ref, digest, state, diagnostics };
}

function actionRow(action: ActionDefinition): FileRow {
  const digest = sha(action.entrypoint) as FileRow['digest'];
  const { ref } = action;
  const path = action.sourcePath as PackPath;
  return { ...plainRow, path, role: 'action', ref, digest, state: 'valid', diagnostics: [] };
}

const plainRow = { links: [], checkedBy: 'rules-1' } as const;

/** What the registry holds and what it should hold → the plan. */
export async function planNow(writer: Writer, desired: DesiredPack): Promise<RegistrationPlan> {
  const packRef = desired.packRef as PackRef;
  return planPack(desired, await writer.readPack(desired.source, packRef, desired.dir));
}

export type Registered = {
  readonly plan: RegistrationPlan;
  /** Undefined: there was nothing to do. */
  readonly result: ApplyResult | undefined;
  readonly staleTries: number;
};

/** Read, plan, apply; from the start again when somebody else was faster. */
export async function register(
  writer: Writer,
  desired: DesiredPack,
  cause: Cause = 'watch',
): Promise<Registered> {
  for (let staleTries = 0; staleTries < 50; staleTries += 1) {
    const plan = await planNow(writer, desired);
    if (isEmptyPlan(plan)) return { plan, result: undefined, staleTries };
    const result = await writer.apply(plan, cause);
    if (result.outcome !== 'stale') return { plan, result, staleTries };
  }
  throw new Error('stale 50 times');
}

/** A lease that lasts, so that a test is about something else. */
export async function holdLease(
  test: TestDatabase,
  source: SourceName = testSource,
  epoch = 1,
): Promise<void> {
  await test.query(
    `insert into source_lease (source, holder, epoch, expires_at) values ($1, 'the test', $2, 'infinity')
     on conflict (source) do update set holder = excluded.holder, epoch = excluded.epoch, expires_at = excluded.expires_at`,
    [source, epoch],
  );
}

/** Every row of every table of the schema, as text. */
export async function dumpAll(test: TestDatabase): Promise<Readonly<Record<string, string>>> {
  const tables = await test.query<{ name: string }>(
    "select tablename as name from pg_tables where schemaname = 'packwatch' order by 1",
  );
  const dumps = await Promise.all(
    tables.map(async ({ name }) => {
      const [row] = await test.query<{ rows: string }>(
        `select coalesce(string_agg(to_jsonb(t)::text, e'\\n' order by to_jsonb(t)::text), '') as rows from ${name} t`,
      );
      return [name, row?.rows ?? ''] as const;
    }),
  );
  return Object.fromEntries(dumps);
}
