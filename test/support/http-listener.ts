// The HTTP server on a free port of this machine, over a catalogue in memory.
import type { HttpOptions } from '../../src/http/ports.ts';
import { createHttpServer } from '../../src/http/server.ts';
import type { Logger } from '../../src/model/logger.ts';
import { createFakeCatalog } from './fake-catalog.ts';

export type Observed = { readonly route: string; readonly method: string; readonly status: number };

/** Hosts `127.0.0.1` and `localhost` are answered, no token is asked for; `observed` is what was answered. */
export async function startListener(change: Partial<HttpOptions> = {}) {
  const observed: Observed[] = [];
  const quiet = () => undefined;
  const logger: Logger = { debug: quiet, info: quiet, warn: quiet, error: quiet, child: () => logger };
  const server = createHttpServer({
    host: '127.0.0.1',
    port: 0,
    isLoopback: true,
    allowedHosts: ['127.0.0.1', 'localhost'],
    tokens: undefined,
    queries: createFakeCatalog().queries,
    status: { live: () => true, ready: () => ({ ready: true, role: {}, reasons: [] }), snapshot: () => ({}) },
    metrics: {
      text: async () => ({ contentType: 'text/plain', body: '' }),
      httpRequest: (labels) => observed.push(labels),
    },
    logger,
    drainMs: 100,
    ...change,
  });
  return { server, observed, ...(await server.start()) };
}
