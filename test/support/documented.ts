// Refusals as they go out, compared with what the operation that was asked says of itself.
import type { createApp } from '../../src/http/app.ts';
import { partsOf } from '../../src/http/openapi/collect.ts';
import { apiBase } from '../../src/http/openapi/document.ts';
import { refusalsOf } from '../../src/http/openapi/refusals.ts';

/** Codes that any request can be answered with, whatever it asks for; the document has them under `default`. */
const anywhere = ['request_timeout', 'headers_too_large', 'internal'];

/** Returns a list that grows by each refusal that the document does not know of. */
export function watchRefusals(app: ReturnType<typeof createApp>): readonly string[] {
  const found: string[] = [];
  app.addHook('onSend', async (request, reply, payload) => {
    const { operation } = request.routeOptions.config;
    const isProblem = String(reply.getHeader('content-type')).startsWith('application/problem+json');
    if (operation === undefined || !isProblem) return payload;
    const { url = '' } = request.routeOptions;
    const method = request.method === 'HEAD' ? 'get' : request.method.toLowerCase();
    const place = { method, isApi: url.startsWith(`${apiBase}/`), hasParts: partsOf(url).length > 0 };
    const { code } = JSON.parse(String(payload));
    const known: readonly string[] = [...refusalsOf(operation, place), ...anywhere];
    if (!known.includes(code))
      found.push(`${request.method} ${url} answers ${code}, which its operation does not name`);
    return payload;
  });
  return found;
}
