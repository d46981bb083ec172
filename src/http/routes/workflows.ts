// GET /workflows, /workflows/:ref, and the same list below a pack.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { WorkflowDetail } from '../../model/answers.ts';
import type { CatalogQueries, WorkflowLookup } from '../../model/catalog.ts';
import type { Json, JsonObject } from '../../model/pack.ts';
import { answerAnew, answerAsBefore } from '../answers.ts';
import { answerUnchanged, etagOf } from '../conditional.ts';
import type { Operation } from '../operation.ts';
import type { HttpOptions } from '../ports.ts';
import { ProblemError } from '../problem.ts';
import { dataOf } from '../schemas/shapes.ts';
import { addPath, answerList, type Methods, queryOf, refOf } from './resource.ts';
import {
  booleans,
  nameText,
  readWorkflowFilter,
  workflowFilterKeys,
  workflowPage,
} from './workflow-filter.ts';

export type ReadPorts = {
  readonly queries: CatalogQueries;
  readonly judgeCalls?: HttpOptions['judgeCalls'];
};

/** `writers`: what else can be done with them, where it can. */
export function addWorkflowRoutes(
  app: FastifyInstance,
  { queries, judgeCalls }: ReadPorts,
  writers?: { readonly all: Methods; readonly one: Methods },
): void {
  addPath(app, '/workflows', { GET: lister(queries), ...writers?.all });
  addPath(app, '/workflows/:ref', { GET: reader({ queries, judgeCalls }), ...writers?.one });
}

/** GET /workflows. */
function lister(queries: CatalogQueries): Operation {
  return {
    id: 'listWorkflows',
    summary: 'List and search workflows',
    query: {
      pack: { description: 'Only of this pack.', schema: { ...nameText, examples: ['ops'] } },
      ...workflowFilterKeys,
    },
    success: {
      status: 200,
      description: 'A page of summaries.',
      content: { 'application/json': workflowPage },
    },
    handler: (request, reply) => {
      const filter = queryOf(request, (query) => readWorkflowFilter(query, query.text('pack')));
      return answerList(request, reply, queries, filter, () => queries.listWorkflows(filter));
    },
  };
}

/** GET /workflows/:ref. */
function reader(ports: ReadPorts): Operation {
  return {
    id: 'getWorkflow',
    summary: 'Show a workflow',
    description: 'With `Accept: application/yaml` the text that is served, as it was written.',
    query: {
      calls: {
        description:
          'Also judge its calls by what is registered now: `call_diagnostics`, warnings at their places in the text. JSON alone.',
        schema: { type: 'string', enum: booleans },
      },
    },
    headers: { Accept: { description: '`application/yaml` for the text as written.' } },
    success: {
      status: 200,
      description: 'The workflow as it is served.',
      content: { 'application/json': dataOf('Workflow'), 'application/yaml': { type: 'string' } },
      headers: { Vary: { description: 'On `Accept`.' } },
    },
    refusals: ['not_found', 'retired', 'not_registered'],
    handler: (request, reply) => getWorkflow(request, reply, ports),
  };
}

async function getWorkflow(
  request: FastifyRequest,
  reply: FastifyReply,
  { queries, judgeCalls }: ReadPorts,
): Promise<object | FastifyReply> {
  const withCalls = queryOf(request, (query) => query.choice('calls', booleans) === 'true');
  reply.header('vary', 'Accept');
  const ref = refOf(request);
  const form = prefersYaml(request.headers.accept) ? 'yaml' : undefined;
  // What is said of calls depends on other packs, too: its tag is that of the answer.
  if (withCalls && form === undefined) return showWithCalls(queries, ref, judgeCalls);
  const current = async () => {
    const tag = ref === undefined ? undefined : await queries.workflowTag(ref);
    return tag && etagOf(tag, form);
  };
  // One answer is kept for an address: the JSON.
  const isSent =
    form === undefined
      ? await answerAsBefore(request, reply, { now: () => queries.mark(), etag: current })
      : await answerUnchanged(request, reply, current);
  if (isSent) return reply;
  const { workflow, sourceText, tag } = await findWorkflow(queries, ref);
  const etag = etagOf(tag, form);
  if (form === undefined) return answerAnew(request, reply, { etag }, workflowBody(workflow));
  return reply.header('etag', etag).type('application/yaml; charset=utf-8').send(sourceText);
}

async function showWithCalls(
  queries: CatalogQueries,
  ref: string | undefined,
  judgeCalls: ReadPorts['judgeCalls'],
): Promise<object> {
  const { workflow } = await findWorkflow(queries, ref);
  const facts = await queries.readCallFacts(workflow.ref);
  const found = facts === undefined ? [] : (judgeCalls?.(facts) ?? []);
  return { data: { ...workflow, tasks: listTasks(workflow), call_diagnostics: found } };
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
