// Reads of the catalogue that a replica may answer: which they are, what a client asks for, and what it is told.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Reads, ReadTurn } from '../model/reads.ts';
import { ProblemError } from './problem.ts';

/** Request header: the answer is to be of this version or a later one. */
export const minVersionHeader = 'Packwatch-Min-Version';
/** Of an answer: it is of this version or a later one. */
export const versionHeader = 'Packwatch-Version';
/** Of an answer: `primary` or `replica`. */
export const readHeader = 'Packwatch-Read';

const catalogue = /^\/(workflows|packs|problems)(\/|$)/;

/** `path`: its pattern, below the base. What daemons, leases, batches and versions are is read where it is written. */
export function mayBeReplicas(method: string, path: string): boolean {
  return (method === 'GET' || method === 'HEAD') && catalogue.test(path);
}

/** To be called before the hooks that read. */
export function chooseReads(api: FastifyInstance, reads: Reads, base: string): void {
  const turns = new WeakMap<FastifyRequest, ReadTurn>();
  api.addHook('onRequest', (request, _reply, done) => {
    const path = request.routeOptions.url?.slice(base.length) ?? '';
    if (!mayBeReplicas(request.method, path)) return done();
    let atLeast: number | undefined;
    try {
      atLeast = minVersionOf(request);
    } catch (error) {
      return done(error as Error);
    }
    void reads.enter(atLeast, (turn) => {
      turns.set(request, turn);
      done();
    });
  });
  api.addHook('onSend', async (request, reply) => {
    const turn = turns.get(request);
    if (turn !== undefined) {
      reply.header(readHeader, turn.place());
      if (turn.version !== undefined) reply.header(versionHeader, turn.version);
    } else if (!['GET', 'HEAD', 'OPTIONS'].includes(request.method) && reply.statusCode < 300) {
      const version = await reads.wrote();
      if (version !== undefined) reply.header(versionHeader, version);
    }
  });
}

function minVersionOf(request: FastifyRequest): number | undefined {
  const given = request.headers[minVersionHeader.toLowerCase()];
  if (given === undefined) return undefined;
  if (typeof given === 'string' && /^\d{1,15}$/.test(given)) return Number(given);
  throw new ProblemError('invalid_query', `${minVersionHeader}: expected a whole number`);
}
