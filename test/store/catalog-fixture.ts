// A registry filled through apply_pack, as the daemon fills it, from a few words about each file.
import { createHash } from 'node:crypto';
import type { Diagnostic, DiagnosticCode, Severity } from '../../src/model/diagnostic.ts';
import type { Json, PackPath } from '../../src/model/pack.ts';
import type { FileState } from '../../src/model/state.ts';
import type { Database } from '../../src/store/connect.ts';
import { type ApplyAnswer, applyPack } from '../../src/store/sql/apply.ts';
import type { TestDatabase } from '../support/postgres.ts';

export type Lists = Readonly<Record<string, readonly unknown[]>>;

export const sha = (text: string) => createHash('sha256').update(text).digest('hex');

export function diagnostic(
  path: string,
  code: DiagnosticCode,
  severity: Severity = 'error',
  line = 1,
): Diagnostic {
  return { code, severity, message: `${code} here`, path: path as PackPath, line, column: 1 };
}

/** A row of `pack_file`; the digest is that of `text`. */
export function file(
  path: string,
  more: {
    readonly role?: 'manifest' | 'action' | 'workflow';
    readonly ref?: string | null;
    readonly state?: FileState;
    readonly text?: string;
    readonly links?: readonly string[];
    readonly diagnostics?: readonly Diagnostic[];
  } = {},
) {
  const { role = 'workflow', ref = null, state = 'valid', text = path, links = [], diagnostics = [] } = more;
  return { path, role, ref, links, digest: sha(text), checked_by: 'rules', state, diagnostics };
}

export type WorkflowFixture = {
  readonly label?: string;
  readonly description?: string | null;
  readonly tags?: readonly string[];
  readonly tasks?: Json;
  readonly path?: string;
  readonly text?: string;
  /** The action's file, where one names the graph. */
  readonly action?: string;
};

/** The lists of a change set that register one workflow with its action. */
export function workflow(ref: string, more: WorkflowFixture = {}): Lists {
  const [pack, name] = ref.split('.');
  const { label = ref, description = null, tags = [], tasks = [] } = more;
  const path = more.path ?? `${pack}/workflows/${name}.yaml`;
  const text = more.text ?? path;
  const definition = { ref, label, description, version: '1.0.0', tags, tasks };
  const row = {
    ...{
      ref,
      label,
      description,
      version: '1.0.0',
      param_schema: { a: { type: 'string' } },
      out_schema: null,
    },
    ...{ definition, tags, revision: sha(JSON.stringify(definition)) },
    ...{ source_path: path, source_text: text, file_digest: sha(text) },
  };
  return {
    workflows: [row],
    actions: [action(ref, { path: more.action ?? path, isWorkflow: true })],
    files: [
      file(path, { ref, text }),
      ...(more.action ? [file(more.action, { role: 'action', ref, links: [path] })] : []),
    ],
    changes: [{ ref, verb: 'registered' }],
  };
}

export function action(ref: string, more: { readonly path: string; readonly isWorkflow: boolean }) {
  return {
    ...{ ref, label: ref, description: null, entrypoint: 'x', runtime_ref: null, param_schema: null },
    ...{ out_schema: null, parameter_delivery: 'stdin', parameter_format: 'json', output_format: 'text' },
    ...{ timeout_seconds: null, max_retries: 0, runtime_version_constraint: null, accesses_mcp: false },
    ...{ permission_set_refs: [], required_worker_runtimes: {}, worker_selector: {}, worker_tolerations: [] },
    ...{ worker_affinity: {}, is_workflow: more.isWorkflow, source_path: more.path, revision: sha(ref) },
  };
}

export type Applier = {
  /** Applies to a pack (null: to files that belong to none), which is made when it does not exist; all lists are put together. */
  apply(pack: string | null, ...lists: readonly Lists[]): Promise<ApplyAnswer>;
};

export async function createApplier(database: Database, source = 'root:main'): Promise<Applier> {
  // Not by the program's function: the schema may be one from before that.
  const [lease] = await database.run(
    (sql) => sql<{ epoch: number }[]>`
      insert into ${sql(database.schema)}.source_lease (source, holder, epoch, expires_at) values (${source}, 'fixture', 1, 'infinity')
      on conflict (source) do update set holder = excluded.holder, epoch = source_lease.epoch + 1, expires_at = excluded.expires_at
      returning epoch`,
  );
  return {
    async apply(pack, ...lists) {
      const [row] = await database.run(
        (sql) => sql<{ generation: number }[]>`
          select generation from ${sql(database.schema)}.pack where ref = ${pack}`,
      );
      const put: Record<string, unknown[]> = {};
      for (const some of lists)
        for (const [name, items] of Object.entries(some)) put[name] = [...(put[name] ?? []), ...items];
      const manifest = { ref: pack, label: `Pack ${pack}`, description: null, version: '1.2.3' };
      const more = {
        conf_schema: {},
        config: { a: 1 },
        meta: {},
        tags: ['p'],
        runtime_deps: [],
        dependencies: [],
      };
      const wanted = {
        ...manifest,
        ...more,
        is_standard: false,
        source_path: pack,
        revision: sha(`${pack}`),
      };
      return applyPack(database, lease?.epoch ?? null, {
        longTexts: undefined,
        text: JSON.stringify({
          ...{
            source,
            epoch: lease?.epoch,
            pack_ref: pack,
            generation: row?.generation ?? null,
            cause: 'start',
          },
          ...{ pack: pack !== null && !row ? wanted : null, pack_status: null },
          ...put,
        }),
      });
    },
  };
}

/** 250 packs `p0` … of 20 workflows `w0` … each, all valid, by plain inserts that pass for this program's own. */
export async function fillMany(test: TestDatabase): Promise<void> {
  await test.query(`
    set packwatch.writer = 'on';
    insert into pack (ref, label, version, source, source_path)
      select 'p' || n, 'Pack ' || n, '1.0.0', 'root:many', 'p' || n from generate_series(0, 249) n;
    insert into workflow_definition (ref, pack, pack_ref, label, description, version, definition, tags, revision,
        last_number, source, source_path, source_text, file_digest, updated)
      select p.ref || '.w' || n, p.id, p.ref, 'Workflow ' || n, 'word' || n % 500 || ' of some more', '1.0.0',
        jsonb_build_object('tasks', jsonb_build_array(jsonb_build_object('name', 'build' || n, 'action', 'core.run',
          'input', (select jsonb_agg(md5((n * i)::text)) from generate_series(1, 40) i)))),
        array['t' || n % 100, 'common'], encode(sha256(n::text::bytea), 'hex'), 1, 'root:many',
        p.ref || '/workflows/w' || n || '.yaml', 'x', encode(sha256(n::text::bytea), 'hex'),
        now() - make_interval(secs => n * 7919 % 5000)
      from generate_series(0, 4999) n join pack p on p.ref = 'p' || n % 250;
    insert into workflow_revision (workflow_definition, number, revision, definition, source_text, version, cause)
      select id, 1, revision, definition, source_text, version, 'start' from workflow_definition where source = 'root:many';
    insert into action (ref, pack, pack_ref, label, entrypoint, source, source_path, revision, workflow_def)
      select ref, pack, pack_ref, label, 'x', source, source_path, revision, id
      from workflow_definition where source = 'root:many';
    insert into pack_file (source, path, dir, pack_ref, role, ref, digest, checked_by, state)
      select source, source_path, pack_ref, pack_ref, 'workflow', ref, file_digest, 'rules', 'valid'
      from workflow_definition where source = 'root:many';
    reset packwatch.writer`);
}
