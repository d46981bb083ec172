// What a daemon might answer: some of everything that client commands print.
import type {
  HeldBatch,
  Problem,
  RevisionDetail,
  RevisionRow,
  SourceRow,
  WorkflowSummary,
} from '../../src/model/answers.ts';
import type { DaemonState } from '../../src/model/daemon-state.ts';
import type { Diagnostic } from '../../src/model/diagnostic.ts';
import type { Explanation } from '../../src/model/explain.ts';
import type { JsonObject, PackPath } from '../../src/model/pack.ts';
import { detail, summary } from './fake-catalog.ts';

const at = '2031-05-04T10:20:30.400Z';

export const longRef = `incident.${'collect_evidence_of_every_region_and_'.repeat(3)}report`;

export const rows: readonly WorkflowSummary[] = [
  summary,
  {
    ...summary,
    id: 8,
    ref: 'ops.restart',
    label: '再起動して確認する 🚀 サービス',
    status: 'degraded',
    problem_count: 2,
  },
  {
    ...summary,
    id: 9,
    ref: longRef,
    label: 'Collect evidence of every region',
    enabled: false,
    pinned: true,
  },
];

export const diagnostic: Diagnostic = {
  code: 'RULE_TARGET_UNKNOWN',
  severity: 'error',
  message: 'no task "notfy" in this list',
  path: 'ops/workflows/restart.yaml' as PackPath,
  line: 12,
  column: 9,
  help: 'did you mean "notify"?',
};

export const shownWorkflow = {
  ...detail,
  label: 'Page somebody 📟',
  description: 'Find out who is on call and page them.',
  param_schema: {
    who: { type: 'string', required: true, description: 'Name of the rotation' },
    level: { type: 'integer', default: 3 },
  },
  out_schema: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] },
  tasks: [
    { name: 'call', type: 'action', action: 'ops.call' },
    { name: 'all', type: 'parallel', action: null },
  ],
};

export const state: DaemonState = {
  ...{ version: '0.1.0', started: at, database: 'postgresql://db/app', ready: true },
  reasons: [{ code: 'root_unhealthy', message: 'root:team: it does not exist (ENOENT)' }],
  roots: [
    {
      ...{ source: 'root:packs', path: '/srv/packs', role: 'leader', leader: null },
      ...{ healthy: true, reason: null, held_back: null, watch: 'events', held: 12 },
      unlisted: [{ pack: 'ops', reason: 'ops/actions cannot be listed (EACCES)' }],
    },
    {
      ...{ source: 'root:team', path: '/srv/team', role: 'standby', leader: 'hostb:4711' },
      ...{ healthy: false, reason: 'it does not exist (ENOENT)', held_back: 'it does not exist (ENOENT)' },
      ...{ watch: 'poll', held: 0, unlisted: [] },
    },
  ],
  definitions: { active: 13, degraded: 1, retired: 0 },
  ...{ files: 19, catalog_version: 812 },
  last_pass: {
    ...{ at, cause: 'rescan', duration_ms: 12, parsed: 1, written: 2 },
    ...{ unchanged: 13, problems: 1 },
  },
};

export const problemRows: readonly Problem[] = [
  {
    ...{ source: 'root:packs', path: 'ops/workflows/restart.yaml', pack_ref: 'ops', ref: 'ops.restart' },
    ...{ state: 'invalid', since: at, served: true, digest: 'd', diagnostics: [diagnostic] },
  },
  {
    ...{ source: 'root:packs', path: 'ops/workflows/held.yaml', pack_ref: 'ops', ref: 'ops.held' },
    ...{ state: 'valid', since: at, served: false, digest: 'd', diagnostics: [] },
  },
];

const revision: RevisionRow = {
  ...{ number: 1, revision: 'a1'.repeat(32), version: '1.0.0', created: at },
  ...{ cause: 'file', served: false, pinned: false },
};

export const revisions: readonly RevisionRow[] = [
  revision,
  { ...revision, number: 2, revision: 'b2'.repeat(32), served: true, pinned: true },
  { ...revision, number: 3, revision: 'c3'.repeat(32), version: '1.1.0' },
];

const task = (name: string, rest: JsonObject): JsonObject => ({
  ...{ name, type: 'action', action: 'core.noop', input: {}, when: null, retry: null, next: [] },
  ...rest,
});

export const earlier: RevisionDetail = {
  ...revision,
  source_text: 'version: 1.0.0\nvars:\n\tx: 1\n',
  definition: {
    ...{ label: 'Page', version: '1.0.0', tags: ['on-call'], parameters: null, vars: { x: 1 } },
    tasks: [
      task('find', { input: { sql: 'select *\nfrom duty\nwhere day = 1\nlimit 1\n' } }),
      task('call', { action: 'ops.call', next: [{ when: '{{ failed() }}', do: ['log'] }] }),
      task('log', { action: 'core.log' }),
    ],
  },
};

export const later: RevisionDetail = {
  ...revision,
  number: 2,
  source_text: 'version: 1.1.0\nvars:\n\tx: 1\n',
  definition: {
    ...{ label: 'Page somebody', version: '1.1.0', tags: ['on-call'], vars: { x: 1 } },
    parameters: { who: { type: 'string', required: true } },
    tasks: [
      task('find', {
        input: { sql: 'select *\nfrom duty\nwhere day = 2\nlimit 1\n' },
        retry: { count: 2, delay: 5 },
      }),
      task('call', { action: 'ops.phone', next: [{ when: '{{ failed() }}', do: ['notify'] }] }),
      task('notify', {
        action: 'core.mail',
        input: { to: '{{ parameters.who }}' },
        next: [{ publish: [{ sent: true }] }],
      }),
    ],
  },
};

export const batch: HeldBatch = {
  ...{ batch: '17', source: 'root:packs', reason: 'threshold', count: 12, of: 40 },
  refs: Array.from({ length: 12 }, (_, index) => `ops.w${index + 1}`),
  ...{ created: at, state: 'open' },
};

export const sources: readonly SourceRow[] = [
  {
    ...{ source: 'api', leader: null, epoch: 0, since: null, expires_at: null },
    ...{ packs: 0, definitions: 2, problems: 0, held: 0 },
  },
  {
    ...{ source: 'root:old', leader: null, epoch: 4, since: null, expires_at: at },
    ...{ packs: 2, definitions: 31, problems: 1, held: 0 },
  },
  {
    ...{ source: 'root:packs', leader: 'hosta:17', epoch: 9, since: at, expires_at: at },
    ...{ packs: 3, definitions: 13, problems: 0, held: 12 },
  },
];

export const explanation: Explanation = {
  steps: [
    { step: 'root', ok: true, message: 'root:packs is watched and healthy' },
    { step: 'file', ok: true, message: 'the file was last seen at 2031-05-04 10:20 UTC' },
    { step: 'valid', ok: false, message: 'the file has 1 error' },
    { step: 'conflict', ok: null, message: 'nobody else claims ops.restart' },
    { step: 'served', ok: false, message: 'revision 2 goes on being served' },
  ],
  state: 'served_older',
  diagnostics: [diagnostic],
};

/** By method and path, what `routes` takes. */
export const answers: Readonly<Record<string, unknown>> = {
  'GET /status': state,
  'GET /workflows': rows,
  'GET /workflows/ops.page': shownWorkflow,
  'GET /problems': problemRows,
  'GET /explain': explanation,
  'GET /workflows/ops.page/revisions': revisions,
  'GET /workflows/ops.page/revisions/1': earlier,
  'GET /workflows/ops.page/revisions/2': later,
  'GET /held': [batch],
  'GET /sources': sources,
  'POST /workflows/ops.page/rollback': { ...shownWorkflow, number: 1, pinned: true },
  'POST /workflows/ops.page/unpin': { ...shownWorkflow, number: 3 },
  'POST /workflows/ops.page/enable': shownWorkflow,
  'POST /workflows/ops.page/disable': { ...shownWorkflow, enabled: false },
  'POST /workflows/ops.page/protect': { ...shownWorkflow, protected: true },
  'POST /workflows/ops.page/unprotect': shownWorkflow,
  'POST /held/17/approve': { ...batch, state: 'approved' },
  'POST /held/17/reject': { ...batch, state: 'rejected' },
  'DELETE /sources/root%3Aold': { retired: 31 },
};
