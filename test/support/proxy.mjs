// A way to the server that misbehaves on demand. In: where the server listens. Out: a TCP port on 127.0.0.1, and a log of every fault.
//
// States of a connection: passing → deaf (it swallows both ways and stays open; for good, as when a network forgets it) → cut.
// A mode holds for what is said from now on and for new connections; `pass` ends it. See proxy.d.mts.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

// Of the protocol: the client's Sync ends a statement, the server's ReadyForQuery ends the answer.
const sync = Buffer.from([0x53, 0, 0, 0, 4]);
const readyForQuery = Buffer.from([0x5a, 0, 0, 0, 5]);

export async function openProxy({ upstream, seed = 1 }) {
  const links = new Set();
  const faults = [];
  const random = seededRandom(seed);
  /** `{ kind: pass | deaf }`, `{ kind: delay, ms }`, `{ kind: cut, direction, left }`, `{ kind: random, longest }`, `{ kind: reply | sync, text, done }`. */
  let mode = { kind: 'pass' };
  let count = 0;

  const cut = (link, why) => {
    if (!links.delete(link)) return;
    faults.push(`${link.id} cut: ${why}`);
    link.client.destroy();
    link.server.destroy();
  };
  const deafen = (link) => {
    if (!link.deaf) faults.push(`${link.id} deaf`);
    link.deaf = true;
  };

  /** How many of these bytes may pass; the connection is cut behind them if that is not all. */
  const allowed = (link, direction, bytes) => {
    const shared = mode.kind === 'cut' && mode.direction === direction ? mode : undefined;
    const left = Math.min(link.left[direction], shared?.left ?? Number.POSITIVE_INFINITY);
    link.left[direction] -= bytes;
    if (shared) shared.left -= bytes;
    if (shared && shared.left < 0) mode = { kind: 'pass' };
    return Math.max(0, Math.min(bytes, left));
  };

  /** False: the chunk is not to pass. */
  const listenFor = (link, direction, chunk) => {
    if (link.reply === 'sent' && direction === 'to client') {
      // Another connection said the text as well, and was faster.
      if (mode.kind !== 'reply') cut(link, 'its answer was swallowed in part');
      if (mode.kind !== 'reply' || !chunk.includes(readyForQuery)) return false;
      const { text, done } = mode;
      mode = { kind: 'pass' };
      cut(link, `the answer to ${text} was swallowed`);
      done();
      return false;
    }
    if (direction === 'to client') return true;
    const spoken = link.hear(chunk);
    if (!['reply', 'sync'].includes(mode.kind)) return true;
    if (spoken.some((text) => text.includes(mode.text))) link.reply = 'spoken';
    if (link.reply !== 'spoken' || !chunk.includes(sync)) return true;
    if (mode.kind === 'reply') link.reply = 'sent';
    else deafenBeforeSync(link, chunk);
    return mode.kind === 'reply';
  };

  const deafenBeforeSync = (link, chunk) => {
    const { text, done } = mode;
    mode = { kind: 'pass' };
    link.reply = 'passes';
    faults.push(`${link.id} deaf before the end of ${text}`);
    link.deaf = true;
    link.server.write(chunk.subarray(0, chunk.lastIndexOf(sync)));
    done();
  };

  const carry = (link, direction) => {
    const [from, to] = direction === 'to server' ? [link.client, link.server] : [link.server, link.client];
    // One after the other, however long each waits.
    let last = Promise.resolve();
    from.on('data', (chunk) => {
      if (mode.kind === 'deaf') deafen(link);
      if (link.deaf || !listenFor(link, direction, chunk)) return;
      const bytes = allowed(link, direction, chunk.length);
      const delayMs = mode.kind === 'delay' ? mode.ms : 0;
      last = last.then(async () => {
        if (delayMs > 0) await sleep(delayMs);
        if (bytes === chunk.length) to.write(chunk);
        else to.write(chunk.subarray(0, bytes), () => cut(link, `after ${bytes} bytes ${direction}`));
      });
    });
    from.on('error', () => from.destroy());
    from.on('close', () => {
      // The other side of a deaf connection is not told.
      if (link.deaf) return;
      last = last.then(() => {
        links.delete(link);
        to.destroy();
      });
    });
  };

  const listener = createServer((client) => {
    count += 1;
    const left = { 'to server': Number.POSITIVE_INFINITY, 'to client': Number.POSITIVE_INFINITY };
    // `left`: what it may still carry; beyond it is cut. `hear`: what its client says.
    // `reply`: passes → spoken (the text has passed) → sent (so has the statement, its answer is due).
    const server = connect(upstream);
    const link = { id: count, client, server, deaf: false, left, hear: createHearing(), reply: 'passes' };
    if (mode.kind === 'random') {
      const direction = random() < 0.5 ? 'to server' : 'to client';
      left[direction] = 1 + Math.floor(random() * mode.longest);
    }
    links.add(link);
    carry(link, 'to server');
    carry(link, 'to client');
  });
  const listen = async (port) => {
    listener.listen(port, '127.0.0.1');
    await once(listener, 'listening');
  };
  const cutAll = (why) => {
    for (const link of [...links]) cut(link, why);
  };
  const stopListening = async () => {
    const closed = once(listener, 'close');
    listener.close();
    for (const link of [...links]) if (!link.deaf) cut(link, 'nobody listens');
    // The listener is closed at once; that it tells so waits for those that are deaf.
    if (links.size === 0) await closed;
  };
  const swallow = (kind) => (text) =>
    new Promise((resolve) => {
      mode = { kind, text, done: resolve };
    });

  await listen(0);
  const { port } = listener.address();
  return {
    port,
    faults,
    connections: () => count,
    pass() {
      mode = { kind: 'pass' };
      if (!listener.listening) listener.listen(port, '127.0.0.1');
    },
    delay: (ms) => {
      mode = { kind: 'delay', ms };
    },
    blackHole: () => {
      mode = { kind: 'deaf' };
    },
    refuse: stopListening,
    cutAt: (direction, bytes) => {
      mode = { kind: 'cut', direction, left: bytes };
    },
    cutAtRandom: (longest) => {
      mode = { kind: 'random', longest };
    },
    swallowReply: swallow('reply'),
    swallowSync: swallow('sync'),
    cutAll: () => cutAll('all of them'),
    close: async () => {
      cutAll('the end');
      if (listener.listening) await stopListening();
    },
  };
}

/**
 * Chunks of what a client says → the texts of the statements that begin to be carried out in each. What is prepared is said once, and
 * meant by its name from then on.
 */
function createHearing() {
  const texts = new Map();
  let rest = Buffer.alloc(0);
  let isBegun = false;
  const carriedOut = (type, body) => {
    const [first, second] = body.toString('latin1').split('\0', 2);
    if (type === 'P') texts.set(first, second);
    if (type === 'B') return [texts.get(second) ?? ''];
    return type === 'Q' ? [first] : [];
  };
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    const spoken = [];
    // The first message has no type.
    for (let head = isBegun ? 1 : 0; rest.length >= head + 4; head = isBegun ? 1 : 0) {
      const end = head + rest.readUInt32BE(head);
      if (rest.length < end) break;
      if (isBegun) spoken.push(...carriedOut(String.fromCharCode(rest[0]), rest.subarray(5, end)));
      isBegun = true;
      rest = rest.subarray(end);
    }
    return spoken;
  };
}

/** mulberry32: small, seeded, good enough to choose a byte. */
function seededRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
