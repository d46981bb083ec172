// Clients of a daemon for test/long/soak.mjs: they read, follow by pages and by streams, write definitions, ask for passes and make mistakes.
import { setTimeout as sleep } from 'node:timers/promises';
import { readBlocks } from '../support/event-client.mjs';

const reads = [
  '/api/v1/workflows?q=label&facets=true',
  '/api/v1/workflows?status=retired&page_size=100',
  '/api/v1/workflows/alpha.w1?calls=true',
  '/api/v1/workflows/beta.w2/revisions',
  '/api/v1/packs/gamma',
  '/api/v1/problems',
  '/api/v1/status',
  '/api/v1/explain?ref=delta.w3',
  '/api/v1/nowhere',
  '/metrics',
  '/openapi.json',
  '/docs',
  '/',
];

/** `stop` ends them all and tells how much they asked, and every answer that was the daemon's fault. */
export function startClients({ base, chance }) {
  const stop = new AbortController();
  const faults = [];
  let made = 0;
  let written = 0;
  let late = 0;

  async function ask(path, init = {}) {
    made += 1;
    const answer = await fetch(base + path, {
      ...init,
      // One that is kept is closed by the daemon after five seconds, perhaps just when the next request is sent.
      headers: { ...init.headers, connection: 'close' },
      signal: AbortSignal.any([stop.signal, AbortSignal.timeout(30_000)]),
    });
    await answer.text();
    if (answer.ok && init.method !== undefined) written += 1;
    // A busy machine's database does not always answer in time.
    if (answer.status === 503) late += 1;
    else if (answer.status >= 500) faults.push(`${init.method ?? 'GET'} ${path}: ${answer.status}`);
  }
  const send = (method, path, body) =>
    ask(path, { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });

  async function write() {
    const ref = `clients.api${chance.below(4)}`;
    const label = `Label ${chance.below(1_000_000)}`;
    const definition = { ref, label, version: '1.0.0', tasks: [{ name: 'only', action: 'core.echo' }] };
    const path = `/api/v1/workflows/${ref}`;
    // Many of these are refused: the ref is there already, or not yet, or retired.
    switch (chance.below(5)) {
      case 0:
        return send('POST', '/api/v1/workflows', { pack_ref: 'clients', definition });
      case 1:
        return send('PUT', path, { pack_ref: 'clients', definition });
      case 2:
        return ask(path, { method: 'DELETE' });
      case 3:
        return ask(`${path}/${chance.pick(['enable', 'disable'])}`, { method: 'POST' });
      default:
        return send('POST', '/api/v1/workflows/validate', {
          pack_ref: 'clients',
          definition: { ref, tasks: 1 },
        });
    }
  }

  async function follow() {
    const cut = AbortSignal.any([stop.signal, AbortSignal.timeout(20_000)]);
    made += 1;
    const { body } = await fetch(`${base}/api/v1/events`, { signal: cut });
    for await (const _ of readBlocks(body));
  }

  const repeat = async (act, everyMs) => {
    while (!stop.signal.aborted) {
      await act().catch((error) => {
        // Cut off, by us or by the stop; what else fails is told.
        if (error.name !== 'AbortError' && error.name !== 'TimeoutError')
          faults.push(String(error.cause ?? error));
      });
      await sleep(everyMs * (0.5 + chance.random()), undefined, { signal: stop.signal }).catch(
        () => undefined,
      );
    }
  };
  const running = [
    repeat(() => ask(chance.pick(reads)), 500),
    repeat(() => ask('/api/v1/changes?since=1&wait=5'), 2_000),
    repeat(write, 3_000),
    repeat(() => send('POST', '/api/v1/reconcile', {}), 20_000),
    repeat(follow, 100),
  ];
  return {
    async stop() {
      stop.abort();
      await Promise.all(running);
      return { made, written, late, faults };
    },
  };
}
