// GET /status for people and clients; /livez and /readyz for supervisors. None of them touches the database.
import type { FastifyInstance } from 'fastify';
import { schemaRef } from '../operation.ts';
import type { StatusSource } from '../ports.ts';
import { dataOf } from '../schemas/shapes.ts';
import { addReader, queryOf } from './resource.ts';

export function addStatusRoutes(app: FastifyInstance, status: StatusSource): void {
  addReader(app, '/status', {
    id: 'getStatus',
    summary: 'Show what the daemon is doing',
    description: 'From the memory of the daemon that answers; the database is not asked.',
    success: { status: 200, description: 'Its state.', content: { 'application/json': dataOf('Status') } },
    handler: (request) => {
      queryOf(request, () => undefined);
      return { data: status.snapshot() };
    },
  });
}

export function addHealthRoutes(app: FastifyInstance, status: StatusSource): void {
  addReader(app, '/livez', {
    id: 'getLiveness',
    summary: 'Say whether the process is alive',
    description: 'The database is never asked.',
    success: { status: 200, description: 'It is.', content: { 'application/json': schemaRef('Liveness') } },
    also: [
      {
        status: 503,
        description: 'It should be restarted.',
        content: { 'application/json': schemaRef('Liveness') },
      },
    ],
    handler: (_, reply) => {
      const live = status.live();
      reply.code(live ? 200 : 503);
      return { live };
    },
  });
  addReader(app, '/readyz', {
    id: 'getReadiness',
    summary: 'Say whether the registry is up to date',
    success: { status: 200, description: 'It is.', content: { 'application/json': schemaRef('Readiness') } },
    also: [
      {
        status: 503,
        description: 'That is not known yet, or not any more; `reasons` say why.',
        content: { 'application/json': schemaRef('Readiness') },
      },
    ],
    handler: (_, reply) => {
      const { ready, role, reasons } = status.ready();
      reply.code(ready ? 200 : 503);
      return { ready, role, reasons };
    },
  });
}
