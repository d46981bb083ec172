// POST /workflows, PUT and DELETE /workflows/:ref, POST /workflows/validate: definitions that clients write.
import type { FastifyInstance } from 'fastify';
import { etagHeader, ifMatch, requiredTags } from '../conditional.ts';
import { type Operation, type Schema, schemaRef } from '../operation.ts';
import type { ProblemCode } from '../problem.ts';
import { dataOf, object } from '../schemas/shapes.ts';
import { addPath, type Methods, queryOf, refOf } from './resource.ts';
import { showWorkflow } from './workflows.ts';
import { afterwards, doneOf, readDefinition, type WriterPorts } from './written.ts';

const definitionJson: Schema = {
  ...object(
    'A definition, with the pack it is for.',
    {
      pack_ref: {
        type: 'string',
        maxLength: 255,
        description: 'Its pack, if it is to be compared.',
        examples: ['ops'],
      },
      definition: {
        ...schemaRef('WorkflowFile'),
        description: 'What a workflow file says. It is kept as text, printed with two blanks a level.',
        examples: [
          { ref: 'ops.restart', version: '1.0.0', tasks: [{ name: 'restart', action: 'core.noop' }] },
        ],
      },
    },
    ['pack_ref'],
  ),
  additionalProperties: false,
};

const yamlText: Schema = {
  type: 'string',
  contentMediaType: 'application/yaml',
  contentSchema: schemaRef('WorkflowFile'),
  description: 'What a workflow file says, kept as it is sent.',
  examples: ['ref: ops.restart\nversion: 1.0.0\ntasks:\n  - name: restart\n    action: core.noop\n'],
};

const lookups: readonly ProblemCode[] = ['not_found', 'retired', 'not_registered'];
const written: readonly ProblemCode[] = ['owned_by_file', 'invalid_definition', 'busy'];

/** What can be done with all workflows, and with one, beyond reading them. */
export function workflowWriters(ports: WriterPorts): { readonly all: Methods; readonly one: Methods } {
  return { all: { POST: create(ports) }, one: { PUT: replace(ports), DELETE: retire(ports) } };
}

function bodyFor({ maxDefinitionBytes }: WriterPorts): NonNullable<Operation['body']> {
  return {
    required: true,
    content: { 'application/yaml': yamlText, 'application/json': definitionJson },
    maxBytes: maxDefinitionBytes,
  };
}

function create(ports: WriterPorts): Operation {
  return {
    id: 'createWorkflow',
    summary: 'Write a new workflow',
    description:
      'Into a pack that is there, whoever owns it. The `ref` stands in the definition. What was retired comes back under its id, with its history.',
    body: bodyFor(ports),
    success: {
      status: 201,
      description: 'It is served.',
      content: { 'application/json': dataOf('Workflow') },
      headers: { Location: { description: 'Its address.' }, ...etagHeader },
    },
    refusals: ['pack_not_found', 'exists', ...written],
    handler: async (request, reply) => {
      queryOf(request, () => undefined);
      const result = await ports.writes.createWorkflow(readDefinition(request, ports.maxDefinitionBytes));
      const { ref } = await doneOf(result, async () => undefined);
      reply.code(201).header('location', `/api/v1/workflows/${ref}`);
      return afterwards(showWorkflow(ports.queries, ref, reply));
    },
  };
}

function replace(ports: WriterPorts): Operation {
  return {
    id: 'replaceWorkflow',
    summary: 'Replace a workflow',
    description:
      'One that was written through the API. A `ref` in the definition has to be that of the address. It ends a pin; what is there already writes nothing.',
    headers: ifMatch,
    body: bodyFor(ports),
    success: {
      status: 200,
      description: 'The workflow as it is now.',
      content: { 'application/json': dataOf('Workflow') },
      headers: etagHeader,
    },
    refusals: [...lookups, ...written, 'precondition_failed'],
    handler: async (request, reply) => {
      queryOf(request, () => undefined);
      const ref = refOf(request);
      const submitted = readDefinition(request, ports.maxDefinitionBytes);
      if (ref === undefined) return showWorkflow(ports.queries, ref);
      const result = await ports.writes.replaceWorkflow(ref, submitted, requiredTags(request));
      await doneOf(result, () => showWorkflow(ports.queries, ref));
      return afterwards(showWorkflow(ports.queries, ref, reply));
    },
  };
}

function retire(ports: WriterPorts): Operation {
  return {
    id: 'retireWorkflow',
    summary: 'Retire a workflow',
    description: 'One that was written through the API. Its history stays readable until it is purged.',
    headers: ifMatch,
    success: { status: 204, description: 'It is retired.' },
    refusals: [...lookups, 'owned_by_file', 'protected', 'precondition_failed', 'busy'],
    handler: async (request, reply) => {
      queryOf(request, () => undefined);
      const ref = refOf(request);
      if (ref === undefined) return showWorkflow(ports.queries, ref);
      const result = await ports.writes.retireWorkflow(ref, requiredTags(request));
      const { owner } = await doneOf(result, () => showWorkflow(ports.queries, ref));
      // A file may have waited for the ref.
      ports.onDecision(owner);
      return reply.code(204).send();
    },
  };
}

export function addValidateRoute(app: FastifyInstance, ports: WriterPorts): void {
  addPath(app, '/workflows/validate', {
    POST: {
      id: 'validateWorkflow',
      summary: 'Check a definition',
      description: 'Nothing is stored, and no database is asked. A definition need not say its `ref` here.',
      body: bodyFor(ports),
      success: {
        status: 200,
        description: 'What is wrong with it.',
        content: { 'application/json': dataOf('Verdict') },
      },
      refusals: ['busy'],
      changes: false,
      handler: async (request) => {
        queryOf(request, () => undefined);
        return { data: await ports.writes.validate(readDefinition(request, ports.maxDefinitionBytes)) };
      },
    },
  });
}
