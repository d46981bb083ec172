// GET /openapi.json: the document, made once when it is first asked for.
import type { FastifyInstance } from 'fastify';
import type { JsonObject } from '../../model/pack.ts';
import { addReader } from './resource.ts';

export function addDocumentRoute(app: FastifyInstance, document: () => JsonObject): void {
  let text: string | undefined;
  addReader(app, '/openapi.json', {
    id: 'getDocument',
    summary: 'This document',
    success: {
      status: 200,
      description: 'OpenAPI 3.1.',
      content: { 'application/json': { type: 'object', description: 'An OpenAPI document.' } },
    },
    handler: (_, reply) => {
      text ??= JSON.stringify(document());
      return reply.type('application/json; charset=utf-8').send(text);
    },
  });
}
