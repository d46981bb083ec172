// GET /workflows, /workflows/:ref, and the same list below a pack.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { CatalogQueries, WorkflowDetail, WorkflowFilter, WorkflowLookup } from '../../model/catalog.ts';
import type { Json, JsonObject } from '../../model/pack.ts';
import type { DefinitionStatus } from '../../model/state.ts';
import { ProblemError } from '../problem.ts';
import type { QueryReader } from '../query.ts';
import { addReader, listBody, queryOf, refOf } from './resource.ts';

export const definitionStatuses: readonly DefinitionStatus[] = ['active', 'degraded', 'retired'];
export const defaultStatuses: readonly DefinitionStatus[] = ['active', 'degraded'];

export function addWorkflowRoutes(app: FastifyInstance, queries: CatalogQueries): void {
  addReader(app, '/workflows', async (request) => {
    const filter = queryOf(request, (query) => readWorkflowFilter(query, query.text('pack')));
    return listBody(await queries.listWorkflows(filter), filter);
  });
  addReader(app, '/workflows/:ref', (request, reply) => getWorkflow(request, reply, queries));
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
    sort: query.choice('sort', ['ref', 'label', 'updated', '-updated']),
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
  const { workflow, sourceText } = await findWorkflow(queries, refOf(request));
  if (!prefersYaml(request.headers.accept)) return workflowBody(workflow);
  return reply.type('application/yaml; charset=utf-8').send(sourceText);
}

/** The workflow of a ref as GET gives it; what else may stand behind the ref is thrown. */
export async function showWorkflow(queries: CatalogQueries, ref: string | undefined): Promise<object> {
  return workflowBody((await findWorkflow(queries, ref)).workflow);
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
