// The HTTP application over a catalogue in memory, asked without a listener.
import { createApp } from '../../src/http/app.ts';
import type { HttpOptions } from '../../src/http/ports.ts';
import { createFakeCatalog } from './fake-catalog.ts';

/** `localhost` is answered, no token is asked for; `requests` are those observed, `logged` the messages. */
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
      snapshot: () => ({ roots: [] }),
    },
    metrics: {
      text: async () => ({ contentType: 'text/plain; version=0.0.4', body: 'packwatch_files 0\n' }),
      httpRequest: (labels) => requests.push(labels),
    },
    logger,
    ...change,
  });
  const get = (url: string, headers: Record<string, string> = {}) =>
    app.inject({ method: 'GET', url, headers });
  const send = (
    method: 'POST' | 'DELETE',
    url: string,
    payload?: object | string,
    headers: Record<string, string> = {},
  ) => app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) });
  return { app, get, send, requests, logged, asked: fake.asked };
}
