// POST /reconcile, /packs/:ref/sync, /packs/:ref/validate, /workflows/:ref/reload: passes that are asked for, and what they found.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { CatalogQueries } from '../../model/catalog.ts';
import type { ScanAnswer, ScanResult, Scans } from '../../model/scan.ts';
import { bodyOf } from '../body.ts';
import type { Lingering } from '../lingering.ts';
import { type Operation, schemaRef } from '../operation.ts';
import { ProblemError } from '../problem.ts';
import { scanAnswer } from '../schemas/scans.ts';
import { dataIs } from '../schemas/shapes.ts';
import { addPath, queryOf, refOf, sourceOf } from './resource.ts';
import { showWorkflow } from './workflows.ts';

export type ScanPorts = {
  readonly scans: Scans;
  readonly queries: CatalogQueries;
  readonly lingering: Lingering;
};

const refusals = ['not_scanned', 'too_many_waiting', 'shutting_down', 'database_unreachable'] as const;

export function addScanRoutes(app: FastifyInstance, ports: ScanPorts): void {
  const { scans, lingering } = ports;
  addPath(app, '/reconcile', {
    POST: {
      ...reconcile,
      handler: async (request, reply) => {
        const source = queryOf(request, (query) => query.text('source'));
        bodyOf(request, () => undefined);
        const named = source === undefined ? undefined : (sourceOf(source) ?? source);
        return {
          data: answerOf(await scans.scan({ about: 'source', source: named }, lingering.admit(reply))),
        };
      },
    },
  });
  addPath(app, '/packs/:ref/sync', {
    POST: {
      ...sync,
      handler: async (request, reply) =>
        ofPack(request, reply, ports, (ref, signal) => scans.scan({ about: 'pack', ref }, signal)),
    },
  });
  addPath(app, '/packs/:ref/validate', {
    POST: { ...validate, handler: async (request, reply) => ofPack(request, reply, ports, scans.validate) },
  });
  addPath(app, '/workflows/:ref/reload', {
    POST: { ...reload, handler: async (request, reply) => reloadWorkflow(request, reply, ports) },
  });
}

const reconcile: Omit<Operation, 'handler'> = {
  id: 'reconcile',
  summary: 'Compare disk and registry now',
  description: 'Answers when a pass that began after the call is over, whichever daemon leads the source.',
  query: {
    source: {
      description: 'Only this source; otherwise every root of the daemon.',
      schema: { type: 'string', minLength: 1, maxLength: 255, examples: ['root:packs'] },
    },
  },
  success: { status: 200, description: 'What became of each file.', content: scanAnswer },
  refusals: ['invalid_query', 'not_found', ...refusals],
};

const sync: Omit<Operation, 'handler'> = {
  id: 'syncPack',
  summary: 'Compare a pack on disk with the registry now',
  success: { status: 200, description: 'What became of each file.', content: scanAnswer },
  refusals: ['invalid_query', 'not_found', 'not_on_disk', ...refusals],
};

const validate: Omit<Operation, 'handler'> = {
  id: 'validatePack',
  summary: 'Say what a pass over a pack would do',
  description: 'By the disk of the daemon that is asked; nothing is written.',
  changes: false,
  success: { status: 200, description: 'What would become of each file.', content: scanAnswer },
  refusals: ['invalid_query', 'not_found', 'not_on_disk', ...refusals],
};

const reload: Omit<Operation, 'handler'> = {
  id: 'reloadWorkflow',
  summary: 'Compare the pack of a workflow on disk with the registry now',
  success: {
    status: 200,
    description: 'The workflow as it is then.',
    content: { 'application/json': dataIs(schemaRef('Workflow')) },
  },
  refusals: ['invalid_query', 'not_found', 'retired', 'not_registered', 'not_on_disk', ...refusals],
};

async function ofPack(
  request: FastifyRequest,
  reply: FastifyReply,
  { lingering }: ScanPorts,
  scan: (ref: string, signal: AbortSignal) => Promise<ScanResult>,
): Promise<object> {
  queryOf(request, () => undefined);
  bodyOf(request, () => undefined);
  const ref = refOf(request);
  if (ref === undefined) throw unknownPack();
  return { data: answerOf(await scan(ref, lingering.admit(reply))) };
}

async function reloadWorkflow(
  request: FastifyRequest,
  reply: FastifyReply,
  { scans, queries, lingering }: ScanPorts,
): Promise<object> {
  queryOf(request, () => undefined);
  bodyOf(request, () => undefined);
  const ref = refOf(request);
  const found = ref === undefined ? undefined : await queries.getWorkflow(ref);
  if (found?.kind === 'found' && found.workflow.source === 'api') throw notOnDisk();
  const pack = ref?.split('.', 1)[0];
  // What has no pack cannot have been registered: it is refused as GET does.
  if (pack !== undefined && found?.kind !== undefined) {
    const result = await scans.scan({ about: 'pack', ref: pack }, lingering.admit(reply));
    if (result.outcome === 'scanned' || result.reason !== 'unknown_pack') answerOf(result);
  }
  return showWorkflow(queries, ref);
}

/** What was scanned; everything else is refused. */
function answerOf(result: ScanResult): ScanAnswer {
  if (result.outcome === 'scanned') return result.answer;
  switch (result.reason) {
    case 'unknown_source':
      throw new ProblemError('not_found', 'no daemon ever led a source of this name');
    case 'unknown_pack':
      throw unknownPack();
    case 'not_on_disk':
      throw notOnDisk();
    case 'unscanned':
      throw new ProblemError('not_scanned', result.why, { headers: { 'retry-after': '2' } });
    case 'aborted':
      throw new ProblemError('shutting_down', 'the daemon is stopping', { headers: { 'retry-after': '1' } });
    default:
      throw result satisfies never;
  }
}

function unknownPack(): ProblemError {
  return new ProblemError('not_found', 'there is no pack of this ref');
}

function notOnDisk(): ProblemError {
  return new ProblemError('not_on_disk', 'it was written over the API: there is no file to look at');
}
