// POST /packs, PUT and DELETE /packs/:ref: whole packs that clients upload.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { acceptBytes } from '../body.ts';
import { requiredTags } from '../if-match.ts';
import type { Operation } from '../operation.ts';
import { ProblemError } from '../problem.ts';
import { dataOf } from '../schemas/shapes.ts';
import { showPack } from './packs.ts';
import { type Methods, queryOf, refOf } from './resource.ts';
import { doneOf, type WriterPorts } from './written.ts';

export type PackWriterPorts = Omit<WriterPorts, 'maxDefinitionBytes'>;

const maxArchiveBytes = 64 * 1024 ** 2;
/** Archives that are taken in at once; each is held in memory whole, and once more unpacked. */
const maxUploads = 2;

/** In this scope a body is a gzip, and of those only so many come at once. */
export function acceptArchives(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  acceptBytes(app, 'application/gzip');
  const running = new Set<FastifyRequest>();
  app.addHook('onRequest', async (request) => {
    if (request.method !== 'POST' && request.method !== 'PUT') return;
    if (running.size >= maxUploads)
      throw new ProblemError('busy', 'other packs are being uploaded; try again', {
        headers: { 'retry-after': '2' },
      });
    running.add(request);
  });
  app.addHook('onResponse', async (request) => void running.delete(request));
}

/** What can be done with all packs, and with one, beyond reading them. */
export function packWriters(ports: PackWriterPorts): { readonly all: Methods; readonly one: Methods } {
  return { all: { POST: create(ports) }, one: { PUT: replace(ports), DELETE: retire(ports) } };
}

const body: NonNullable<Operation['body']> = {
  required: true,
  content: {
    'application/gzip': {
      type: 'string',
      contentEncoding: 'binary',
      description: 'A tar.gz of the pack’s directory, or of what is in it. It is never unpacked to a disk.',
    },
  },
  maxBytes: maxArchiveBytes,
};

const ifMatchHeader = {
  'If-Match': { description: 'Only if its `ETag` is still one of these; `*` for any.' },
};

const refusals = [
  'owned_by_root',
  'claimed',
  'protected',
  'invalid_pack',
  'invalid_archive',
  'busy',
] as const;

function create(ports: PackWriterPorts): Operation {
  return {
    id: 'createPack',
    summary: 'Upload a new pack',
    description:
      'Its manifest names it. All of it is registered in one transaction, or nothing: then every problem of every file is told. What was retired comes back under its id.',
    body,
    success: {
      status: 201,
      description: 'It is registered.',
      content: { 'application/json': dataOf('Pack') },
      headers: { Location: { description: 'Its address.' } },
    },
    refusals: ['exists', ...refusals, 'not_found', 'retired'],
    handler: async (request, reply) => {
      queryOf(request, () => undefined);
      const result = await ports.writes.createPack(archiveOf(request));
      const { ref } = await doneOf(result, async () => undefined, 'invalid_pack');
      reply.code(201).header('location', `/api/v1/packs/${ref}`);
      return showPack(ports.queries, ref);
    },
  };
}

function replace(ports: PackWriterPorts): Operation {
  return {
    id: 'replacePack',
    summary: 'Upload a pack anew',
    description:
      'Replaces what the last upload brought: what is not in it any more is retired. Definitions that were written by themselves stay.',
    headers: ifMatchHeader,
    body,
    success: {
      status: 200,
      description: 'The pack as it is now.',
      content: { 'application/json': dataOf('Pack') },
    },
    refusals: ['not_found', 'retired', ...refusals, 'precondition_failed'],
    handler: async (request) => {
      queryOf(request, () => undefined);
      const ref = refOf(request);
      const archive = archiveOf(request);
      if (ref === undefined) return showPack(ports.queries, ref);
      const result = await ports.writes.replacePack(ref, archive, requiredTags(request));
      const { owner } = await doneOf(result, () => showPack(ports.queries, ref), 'invalid_pack');
      ports.onDecision(owner);
      return showPack(ports.queries, ref);
    },
  };
}

function retire(ports: PackWriterPorts): Operation {
  return {
    id: 'retirePack',
    summary: 'Retire an uploaded pack',
    description:
      'With all definitions of the API in it. Their histories stay readable until they are purged.',
    headers: ifMatchHeader,
    success: { status: 204, description: 'It is retired.' },
    refusals: ['not_found', 'retired', 'owned_by_root', 'protected', 'precondition_failed', 'busy'],
    handler: async (request, reply) => {
      queryOf(request, () => undefined);
      const ref = refOf(request);
      if (ref === undefined) return showPack(ports.queries, ref);
      const result = await ports.writes.retirePack(ref, requiredTags(request));
      const { owner } = await doneOf(result, () => showPack(ports.queries, ref), 'invalid_pack');
      ports.onDecision(owner);
      return reply.code(204).send();
    },
  };
}

function archiveOf({ body: given }: FastifyRequest): Uint8Array {
  if (given instanceof Uint8Array) return given;
  throw new ProblemError('unsupported_media_type', 'send the archive as application/gzip');
}
