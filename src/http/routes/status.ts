// GET /status for people and clients; /livez and /readyz for supervisors. None of them touches the database.
import type { FastifyInstance } from 'fastify';
import type { StatusSource } from '../ports.ts';
import { addReader, queryOf } from './resource.ts';

export function addStatusRoutes(app: FastifyInstance, status: StatusSource): void {
  addReader(app, '/status', (request) => {
    queryOf(request, () => undefined);
    return { data: status.snapshot() };
  });
}

export function addHealthRoutes(app: FastifyInstance, status: StatusSource): void {
  addReader(app, '/livez', (_, reply) => {
    const live = status.live();
    reply.code(live ? 200 : 503);
    return { live };
  });
  addReader(app, '/readyz', (_, reply) => {
    const { ready, role, reasons } = status.ready();
    reply.code(ready ? 200 : 503);
    return { ready, role, reasons };
  });
}
