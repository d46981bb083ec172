// GET /workflows, /workflows/:ref, and the same list below a pack.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { WorkflowDetail } from '../../model/answers.ts';
import type { CatalogQueries, WorkflowFilter, WorkflowLookup } from '../../model/catalog.ts';
import type { Json, JsonObject } from '../../model/pack.ts';
import type { DefinitionStatus } from '../../model/state.ts';
import { answerUnchanged, etagOf } from '../conditional.ts';
import type { Operation, QueryKey, Schema } from '../operation.ts';
import { ProblemError } from '../problem.ts';
import type { QueryReader } from '../query.ts';
import { dataOf, pageOf } from '../schemas/shapes.ts';
import { addPath, answerList, type Methods, pageKeys, queryOf, refOf, sourceKey } from './resource.ts';

export const definitionStatuses: readonly DefinitionStatus[] = ['active', 'degraded', 'retired'];
export const defaultStatuses: readonly DefinitionStatus[] = ['active', 'degraded'];

const name: Schema = { type: 'string', minLength: 1, maxLength: 255 };
const sorts = ['ref', 'label', 'updated', '-updated'] as const;

export const statusKey: QueryKey = {
  description: 'Only of these statuses.',
  schema: { type: 'string', enum: definitionStatuses, examples: ['active'] },
  list: 'comma',
};

/** What `readWorkflowFilter` reads. */
export const workflowFilterKeys: Readonly<Record<string, QueryKey>> = {
  tag: {
    description: 'Only with all of these tags.',
    schema: { ...name, examples: ['on-call'] },
    list: 'repeat',
  },
  tags_any: {
    description: 'Only with one of these tags.',
    schema: { ...name, examples: ['on-call'] },
    list: 'comma',
  },
  status: { ...statusKey, description: 'Only of these statuses; `active,degraded` unless given.' },
  enabled: {
    description: 'Only what executors get, or do not.',
    schema: { type: 'string', enum: ['true', 'false'] },
  },
  source: sourceKey,
  q: {
    description:
      'Words that all must begin a word of ref, label, description, tags, task names or actions. Sorted by rank then, an exact ref first.',
    schema: { type: 'string', minLength: 1, maxLength: 200, examples: ['restart'] },
  },
  sort: {
    description: 'Order; ties are broken by ref. `ref` unless given, or by rank with `q`.',
    schema: { type: 'string', enum: sorts },
  },
  ...pageKeys,
};

/** `writers`: what else can be done with them, where it can. */
export function addWorkflowRoutes(
  app: FastifyInstance,
  queries: CatalogQueries,
  writers?: { readonly all: Methods; readonly one: Methods },
): void {
  addPath(app, '/workflows', { GET: lister(queries), ...writers?.all });
  addPath(app, '/workflows/:ref', { GET: reader(queries), ...writers?.one });
}

/** GET /workflows. */
function lister(queries: CatalogQueries): Operation {
  return {
    id: 'listWorkflows',
    summary: 'List and search workflows',
    query: {
      pack: { description: 'Only of this pack.', schema: { ...name, examples: ['ops'] } },
      ...workflowFilterKeys,
    },
    success: {
      status: 200,
      description: 'A page of summaries.',
      content: { 'application/json': pageOf('WorkflowSummary') },
    },
    handler: (request, reply) => {
      const filter = queryOf(request, (query) => readWorkflowFilter(query, query.text('pack')));
      return answerList(request, reply, queries, filter, () => queries.listWorkflows(filter));
    },
  };
}

/** GET /workflows/:ref. */
function reader(queries: CatalogQueries): Operation {
  return {
    id: 'getWorkflow',
    summary: 'Show a workflow',
    description: 'With `Accept: application/yaml` the text that is served, as it was written.',
    headers: { Accept: { description: '`application/yaml` for the text as written.' } },
    success: {
      status: 200,
      description: 'The workflow as it is served.',
      content: { 'application/json': dataOf('Workflow'), 'application/yaml': { type: 'string' } },
      headers: { Vary: { description: 'On `Accept`.' } },
    },
    refusals: ['not_found', 'retired', 'not_registered'],
    handler: (request, reply) => getWorkflow(request, reply, queries),
  };
}

/** Everything a list of workflows can be asked, the pack given or read by the caller. */
export function readWorkflowFilter(query: QueryReader, pack: string | undefined): WorkflowFilter {
  const enabled = query.choice('enabled', ['true', 'false']);
  return {
    pack,
    tags: query.texts('tag'),
    tagsAny: query.list('tags_any'),
    statuses: query.choices('status', definitionStatuses, defaultStatuses),
    enabled: enabled === undefined ? undefined : enabled === 'true',
    source: query.text('source'),
    q: query.text('q', 200)?.trim() || undefined,
    sort: query.choice('sort', sorts),
    ...query.page(),
  };
}

async function getWorkflow(
  request: FastifyRequest,
  reply: FastifyReply,
  queries: CatalogQueries,
): Promise<object | FastifyReply> {
  queryOf(request, () => undefined);
  reply.header('vary', 'Accept');
  const ref = refOf(request);
  const form = prefersYaml(request.headers.accept) ? 'yaml' : undefined;
  const isUnchanged = await answerUnchanged(request, reply, async () => {
    const tag = ref === undefined ? undefined : await queries.workflowTag(ref);
    return tag && etagOf(tag, form);
  });
  if (isUnchanged) return reply;
  const { workflow, sourceText, tag } = await findWorkflow(queries, ref);
  reply.header('etag', etagOf(tag, form));
  if (form === undefined) return workflowBody(workflow);
  return reply.type('application/yaml; charset=utf-8').send(sourceText);
}

/** The workflow of a ref as GET gives it, its tag in `reply`; what else may stand behind the ref is thrown. */
export async function showWorkflow(
  queries: CatalogQueries,
  ref: string | undefined,
  reply?: FastifyReply,
): Promise<object> {
  const { workflow, tag } = await findWorkflow(queries, ref);
  reply?.header('etag', etagOf(tag));
  return workflowBody(workflow);
}

function workflowBody(workflow: WorkflowDetail): object {
  return { data: { ...workflow, tasks: listTasks(workflow) } };
}

type Found = Extract<WorkflowLookup, { kind: 'found' }>;

async function findWorkflow(queries: CatalogQueries, ref: string | undefined): Promise<Found> {
  const lookup = ref === undefined ? undefined : await queries.getWorkflow(ref);
  switch (lookup?.kind) {
    case 'found':
      return lookup;
    case 'retired':
      throw new ProblemError('retired', `the workflow ${ref} was retired; its history can still be read`, {
        extra: { retired_at: lookup.retiredAt },
      });
    case 'not_registered':
      throw new ProblemError(
        'not_registered',
        `a file claims ${ref}, but it cannot be registered as it stands`,
        {
          extra: { diagnostics: lookup.diagnostics },
        },
      );
    default:
      throw new ProblemError('not_found', 'there is no workflow of this ref');
  }
}

/** The tasks at the top level of a definition, in order. */
function listTasks({ definition }: WorkflowDetail): readonly object[] {
  const { tasks } = definition;
  if (!Array.isArray(tasks)) return [];
  return tasks.filter(isObject).map(({ name, type, action }) => ({
    name: name ?? null,
    type: type ?? 'action',
    action: action ?? null,
  }));
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** True when YAML is named and nothing that JSON would satisfy is wanted more. */
export function prefersYaml(accept: string | undefined): boolean {
  const weights = new Map<string, number>();
  for (const part of (accept ?? '').split(',')) {
    const [type = '', ...parameters] = part.split(';').map((piece) => piece.trim().toLowerCase());
    const q = parameters.find((parameter) => parameter.startsWith('q='));
    const weight = q === undefined ? 1 : Number(q.slice(2));
    weights.set(type, Number.isFinite(weight) ? weight : 0);
  }
  const yaml = weights.get('application/yaml') ?? 0;
  const json = weights.get('application/json') ?? weights.get('application/*') ?? 0;
  return yaml > 0 && yaml >= json;
}
