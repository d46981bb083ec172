// The HTTP application over a catalogue in memory, asked without a listener.
import type { InjectOptions } from 'fastify';
import { createApp } from '../../src/http/app.ts';
import type { HttpOptions } from '../../src/http/ports.ts';
import { watchRefusals } from './documented.ts';
import { createFakeCatalog } from './fake-catalog.ts';

/**
 * `localhost` is answered, no token is asked for; `requests` are those observed, `logged` the messages. `get` and `send` throw when a
 * refusal comes that the API's document does not have.
 */
export function openApp(change: Partial<HttpOptions> = {}) {
  const fake = createFakeCatalog();
  const requests: unknown[] = [];
  const logged: string[] = [];
  const say = (_: unknown, message: string) => void logged.push(message);
  const logger = { debug: () => undefined, info: say, warn: say, error: say, child: () => logger };
  const app = createApp({
    host: '127.0.0.1',
    port: 0,
    isLoopback: true,
    allowedHosts: ['localhost'],
    tokens: undefined,
    queries: fake.queries,
    status: {
      live: () => true,
      ready: () => ({ ready: true, role: { 'root:packs': 'leader' }, reasons: [] }),
      snapshot: () => ({ version: '1.2.3', ready: true, reasons: [], definitions: { active: 1 }, roots: [] }),
    },
    metrics: {
      text: async () => ({ contentType: 'text/plain; version=0.0.4', body: 'packwatch_files 0\n' }),
      httpRequest: (labels) => requests.push(labels),
    },
    logger,
    ...change,
  });
  const undocumented = watchRefusals(app);
  const inject = async (request: InjectOptions) => {
    const response = await app.inject(request);
    if (undocumented.length > 0) throw new Error(undocumented.join('\n'));
    return response;
  };
  const get = (url: string, headers: Record<string, string> = {}) => inject({ method: 'GET', url, headers });
  const send = (
    method: 'POST' | 'PUT' | 'DELETE',
    url: string,
    payload?: object | string | Buffer,
    headers: Record<string, string> = {},
  ) => inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) });
  return { app, get, send, requests, logged, asked: fake.asked };
}
