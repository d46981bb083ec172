// POST /packs, PUT and DELETE /packs/:ref: whole packs that clients upload.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { acceptBytes } from '../body.ts';
import { etagHeader, ifMatch, requiredTags } from '../conditional.ts';
import type { Operation } from '../operation.ts';
import { ProblemError } from '../problem.ts';
import { dataOf } from '../schemas/shapes.ts';
import { showPack } from './packs.ts';
import { type Methods, queryOf, refOf } from './resource.ts';
import { afterwards, doneOf, limitRunning, type WriterPorts } from './written.ts';

export type PackWriterPorts = Omit<WriterPorts, 'maxDefinitionBytes'>;

const gzip = 'application/gzip';
const maxArchiveBytes = 64 * 1024 ** 2;
/** Archives that are taken in at once; each is held in memory whole, and once more unpacked. */
const maxUploads = 2;

/** In this scope a body is a gzip, and of those only so many come at once. */
export function acceptArchives(app: FastifyInstance): void {
  acceptBytes(app, gzip);
  app.addHook('onRequest', async (request) => {
    const type = request.headers['content-type'];
    // Before it is read: a body of another type may be as large here.
    if (request.routeOptions.config.operation?.body === undefined || type === undefined) return;
    if (!type.toLowerCase().startsWith(gzip)) throw notGzip();
  });
  limitRunning(app, maxUploads, 'other packs are being uploaded; try again');
}

/** What can be done with all packs, and with one, beyond reading them. */
export function packWriters(ports: PackWriterPorts): { readonly all: Methods; readonly one: Methods } {
  return { all: { POST: create(ports) }, one: { PUT: replace(ports), DELETE: retire(ports) } };
}

const body: NonNullable<Operation['body']> = {
  required: true,
  content: {
    [gzip]: {
      type: 'string',
      contentEncoding: 'binary',
      description: 'A tar.gz of the pack’s directory, or of what is in it. It is never unpacked to a disk.',
    },
  },
  maxBytes: maxArchiveBytes,
};

const refusals = ['owned_by_root', 'invalid_pack', 'invalid_archive', 'busy'] as const;

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
      headers: { Location: { description: 'Its address.' }, ...etagHeader },
    },
    refusals: ['exists', ...refusals],
    handler: async (request, reply) => {
      queryOf(request, () => undefined);
      const result = await ports.writes.createPack(archiveOf(request));
      const { ref } = await doneOf(result, async () => undefined, 'invalid_pack');
      reply.code(201).header('location', `/api/v1/packs/${ref}`);
      return afterwards(showPack(ports.queries, ref, reply));
    },
  };
}

function replace(ports: PackWriterPorts): Operation {
  return {
    id: 'replacePack',
    summary: 'Upload a pack anew',
    description:
      'Replaces what the last upload brought: what is not in it any more is retired. Definitions that were written by themselves stay.',
    headers: ifMatch,
    body,
    success: {
      status: 200,
      description: 'The pack as it is now.',
      content: { 'application/json': dataOf('Pack') },
      headers: etagHeader,
    },
    refusals: ['not_found', 'retired', 'claimed', 'protected', 'precondition_failed', ...refusals],
    handler: async (request, reply) => {
      queryOf(request, () => undefined);
      const ref = refOf(request);
      const archive = archiveOf(request);
      if (ref === undefined) return showPack(ports.queries, ref);
      const result = await ports.writes.replacePack(ref, archive, requiredTags(request));
      const { owner } = await doneOf(result, () => showPack(ports.queries, ref), 'invalid_pack');
      ports.onDecision(owner);
      return afterwards(showPack(ports.queries, ref, reply));
    },
  };
}

function retire(ports: PackWriterPorts): Operation {
  return {
    id: 'retirePack',
    summary: 'Retire an uploaded pack',
    description:
      'With all definitions of the API in it. Their histories stay readable until they are purged.',
    headers: ifMatch,
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
  throw notGzip();
}

function notGzip(): ProblemError {
  return new ProblemError('unsupported_media_type', `send the archive as ${gzip}`);
}
