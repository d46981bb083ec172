// Followers of the changes for test/long/changes.mjs: by pages and by streams, cut off at random, and what they were told against the table.
import { setTimeout as sleep } from 'node:timers/promises';
import { readBlocks } from '../support/event-client.mjs';

/** `urls`: daemons, one at random for each connection. `isForgetful`: what is known is not gone on from. */
export function createFollower({ urls, chance, how, isForgetful }) {
  const stop = new AbortController();
  const told = [];
  let version;
  let first;
  let cuts = 0;

  const put = (rows, upTo) => {
    told.push(...rows);
    version = upTo;
    first ??= upTo;
  };
  const sinceNow = () => (isForgetful && first !== undefined ? undefined : version);

  async function readPages(signal, url) {
    let since = sinceNow();
    for (;;) {
      const query = since === undefined ? '' : `?since=${since}&wait=${chance.below(3)}`;
      const answer = await fetch(`${url}/api/v1/changes${query}`, { signal });
      const body = await answer.json();
      if (answer.status !== 200) throw new Error(body.code);
      put(body.data, body.version);
      since = version;
    }
  }

  async function readStream(signal, url) {
    const since = sinceNow();
    const headers = since === undefined ? {} : { 'last-event-id': String(since) };
    const answer = await fetch(`${url}/api/v1/events`, { signal, headers });
    if (answer.status !== 200) throw new Error((await answer.json()).code);
    let pending = [];
    for await (const { event, data, id } of readBlocks(answer.body)) {
      if (event === 'committed' || event === 'rejected')
        pending.push(...data.changes.map((change) => ({ version: data.version, ...change })));
      if (id !== undefined) {
        put(pending, id);
        pending = [];
      }
      // Some read slowly.
      if (chance.chance(0.1)) await sleep(chance.below(30));
    }
  }

  return {
    how,
    told,
    version: () => version,
    first: () => first,
    cuts: () => cuts,
    stop: () => stop.abort(),
    async run() {
      while (!stop.signal.aborted) {
        const cut = AbortSignal.timeout(1 + chance.below(chance.chance(0.5) ? 60 : 1500));
        const signal = AbortSignal.any([stop.signal, cut]);
        const read = how === 'pages' ? readPages : readStream;
        // Cut off, or the daemon was killed, or the stream ended: all the same to it.
        await read(signal, chance.pick(urls)).catch(() => undefined);
        cuts += 1;
        await sleep(chance.below(20));
      }
    },
  };
}

/** Rows of the table since it began, up to `last`, against what it was told. */
export function faultsOf({ how, told, first }, rows, last) {
  const expected = rows.filter(({ version }) => version > first() && version <= last).map(nameOf);
  const seen = told.filter(({ version }) => version <= last).map(nameOf);
  const wanted = new Set(expected);
  const had = new Set(seen);
  const missed = expected.filter((name) => !had.has(name)).length;
  const doubled = seen.length - had.size + seen.filter((name) => !wanted.has(name)).length;
  // A stream tells the refusals of a version after its other changes.
  const inOrder = how === 'pages' ? expected : [...expected].sort(byKind);
  const disordered = inOrder.filter((name, at) => seen[at] !== name).length;
  return { missed, doubled, disordered: missed + doubled > 0 ? 0 : disordered };
}

function nameOf({ version, ref, verb }) {
  return `${version} ${ref} ${verb}`;
}

function byKind(a, b) {
  const kind = (name) => (name.endsWith(' rejected') ? 1 : 0);
  return Number.parseInt(a, 10) - Number.parseInt(b, 10) || kind(a) - kind(b);
}
