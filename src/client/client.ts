// The API of a running daemon as functions: one for each thing that a client command asks or decides.
import type {
  HeldBatch,
  PackRow,
  Problem,
  RevisionDetail,
  RevisionRow,
  SourceRow,
  WorkflowDetail,
  WorkflowSummary,
} from '../model/answers.ts';
import type { DaemonState } from '../model/daemon-state.ts';
import type { Explanation } from '../model/explain.ts';
import type { WaitAnswer } from '../model/wait.ts';
import { type Ask, type ClientOptions, exchange, parseDocument, type Query } from './exchange.ts';
import { type Listed, listAll, listWhole } from './pages.ts';
import { upload } from './upload.ts';

/** A task in the answer to a question for one workflow. */
export type TaskRow = {
  readonly name: string | null;
  readonly type: string;
  readonly action: string | null;
};

export type WorkflowAnswer = WorkflowDetail & { readonly tasks: readonly TaskRow[] };

/** What an operator lays over a definition, whatever its file says. */
export type Overlay = 'enable' | 'disable' | 'protect' | 'unprotect' | 'unpin';

export type Verdict = 'approve' | 'reject';

/** Every call throws `RefusalError` or `AppError('daemon_unreachable')`. */
export type Client = {
  /** Whom it asks. */
  readonly url: string;
  status(): Promise<DaemonState>;
  /** All that match, up to `limit`. */
  workflows(query: Query, limit?: number): Promise<Listed<WorkflowSummary>>;
  workflow(ref: string): Promise<WorkflowAnswer>;
  /** The served revision as written. */
  workflowText(ref: string): Promise<string>;
  problems(query: Query): Promise<readonly Problem[]>;
  explain(query: Query): Promise<Explanation>;
  /** Answers after `timeoutS` at the latest, of 300 at most. */
  wait(query: Query, timeoutS: number): Promise<WaitAnswer>;
  revisions(ref: string): Promise<readonly RevisionRow[]>;
  revision(ref: string, number: number): Promise<RevisionDetail>;
  rollback(ref: string, number: number): Promise<WorkflowAnswer>;
  overlay(ref: string, overlay: Overlay): Promise<WorkflowAnswer>;
  held(query: Query): Promise<readonly HeldBatch[]>;
  decide(batch: string, verdict: Verdict): Promise<HeldBatch>;
  packs(query: Query): Promise<readonly PackRow[]>;
  /** A tar.gz of a pack that is not there yet. */
  installPack(archive: Uint8Array): Promise<PackRow>;
  /** A tar.gz in place of what the last one brought. */
  replacePack(ref: string, archive: Uint8Array): Promise<PackRow>;
  removePack(ref: string): Promise<void>;
  sources(): Promise<readonly SourceRow[]>;
  /** Retires what the source left behind; `confirm` is the number of its definitions, and refused when it is another. */
  forget(source: string, confirm: number): Promise<{ readonly retired: number }>;
};

/** For the answer itself, when the time of a wait is over. */
const answerMs = 15_000;

/** Opens nothing: each call is a request of its own. */
export function createClient(options: ClientOptions): Client {
  const ask = async <T>(request: Ask): Promise<T> =>
    parseDocument(options, await exchange(options, request))['data'] as T;
  const get = <T>(path: string, query: Query = {}) => ask<T>({ method: 'GET', path, query });
  const post = <T>(path: string, body?: object) =>
    ask<T>({ method: 'POST', path, ...(body === undefined ? {} : { body }) });
  const workflowPath = (ref: string) => `/workflows/${encodeURIComponent(ref)}`;
  const packPath = (ref: string) => `/packs/${encodeURIComponent(ref)}`;
  const send = async (method: 'POST' | 'PUT', path: string, archive: Uint8Array): Promise<PackRow> =>
    parseDocument(options, await upload(options, { method, path }, archive))['data'] as PackRow;
  return {
    url: options.url,
    status: () => get('/status'),
    workflows: (query, limit) => listAll(options, { path: '/workflows', query, limit }),
    workflow: (ref) => get(workflowPath(ref)),
    workflowText: (ref) =>
      exchange(options, { method: 'GET', path: workflowPath(ref), accept: 'application/yaml' }),
    problems: async (query) => (await listAll<Problem>(options, { path: '/problems', query })).rows,
    explain: (query) => get('/explain', query),
    wait: async (query, timeoutS) => {
      const ask = { method: 'GET', path: '/wait', query: { ...query, timeout: timeoutS } } as const;
      const timeoutMs = timeoutS * 1000 + answerMs;
      return parseDocument(options, await exchange({ ...options, timeoutMs }, ask))['data'] as WaitAnswer;
    },
    revisions: (ref) => listWhole(options, { path: `${workflowPath(ref)}/revisions` }),
    revision: (ref, number) => get(`${workflowPath(ref)}/revisions/${number}`),
    rollback: (ref, number) => post(`${workflowPath(ref)}/rollback`, { revision: number }),
    overlay: (ref, overlay) => post(`${workflowPath(ref)}/${overlay}`),
    held: (query) => listWhole(options, { path: '/held', query }),
    decide: (batch, verdict) => post(`/held/${encodeURIComponent(batch)}/${verdict}`),
    packs: async (query) => (await listAll<PackRow>(options, { path: '/packs', query })).rows,
    installPack: (archive) => send('POST', '/packs', archive),
    replacePack: (ref, archive) => send('PUT', packPath(ref), archive),
    removePack: async (ref) => {
      await exchange(options, { method: 'DELETE', path: packPath(ref) });
    },
    sources: () => listWhole(options, { path: '/sources' }),
    forget: (source, confirm) =>
      ask({ method: 'DELETE', path: `/sources/${encodeURIComponent(source)}`, query: { confirm } }),
  };
}
