// GET /docs: the API's document as a page.
import type { FastifyInstance } from 'fastify';
import type { JsonObject } from '../../model/pack.ts';
import { docsPage } from '../pages/docs-page.ts';
import type { ShownDocument } from '../pages/document-shape.ts';
import { pagePolicy } from '../pages/style.ts';
import { baseOf } from './index-page.ts';
import { addReader } from './resource.ts';

export function addDocsRoute(app: FastifyInstance, document: () => JsonObject): void {
  addReader(app, '/docs', {
    id: 'getReference',
    summary: 'The API reference as a page',
    success: { status: 200, description: 'The page.', content: { 'text/html': { type: 'string' } } },
    handler: (request, reply) =>
      reply
        .header('content-security-policy', pagePolicy)
        .type('text/html; charset=utf-8')
        .send(docsPage(document() as unknown as ShownDocument, baseOf(request))),
  });
}
