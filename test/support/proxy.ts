// A way to the server that misbehaves on demand. In: the server's socket. Out: a TCP port on 127.0.0.1, and a log of every fault.
//
// States of a connection: passing → deaf (it swallows both ways and stays open; for good, as when a network forgets it) → cut.
// A mode holds for what is said from now on and for new connections; `pass` ends it.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export type Direction = 'to server' | 'to client';

export type Proxy = {
  readonly port: number;
  /** Each fault as it happened, with the number of its connection. */
  readonly faults: readonly string[];
  /** How many connections were opened through it so far. */
  connections(): number;
  /** Ends every mode; connections that went deaf stay so. */
  pass(): void;
  /** Every chunk waits that long, in both directions. */
  delay(ms: number): void;
  /** Connections go deaf, the new ones from their first byte. */
  blackHole(): void;
  /** Nobody listens: new connections are refused, open ones that still hear are cut. */
  refuse(): Promise<void>;
  /** Cuts the connection on which byte `bytes` (counted from now, over all connections) would pass in that direction. Once. */
  cutAt(direction: Direction, bytes: number): void;
  /** From the seed: new connections are cut after 1 to `longest` bytes of one direction. */
  cutAtRandom(longest: number): void;
  /**
   * The next statement whose text holds `text` is carried out, its answer is swallowed and the connection cut.
   * Resolves when that has happened.
   */
  swallowReply(text: string): Promise<void>;
  cutAll(): void;
  close(): Promise<void>;
};

export type ProxyOptions = {
  /** Path of the server's unix socket. */
  readonly upstream: string;
  /** @default 1 */
  readonly seed?: number;
};

type Link = {
  readonly id: number;
  readonly client: Socket;
  readonly server: Socket;
  deaf: boolean;
  /** What it may still carry; beyond it is cut. */
  left: Record<Direction, number>;
  /** The last bytes to the server: a text may come in two chunks. */
  said: string;
  /** `spoken`: the text has passed; `sent`: so has the statement, its answer is due. */
  reply: 'passes' | 'spoken' | 'sent';
};

type Mode =
  | { readonly kind: 'pass' | 'deaf' }
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'cut'; readonly direction: Direction; left: number }
  | { readonly kind: 'random'; readonly longest: number }
  | { readonly kind: 'reply'; readonly text: string; done(): void };

// Of the protocol: the client's Sync ends a statement, the server's ReadyForQuery ends the answer.
const sync = Buffer.from([0x53, 0, 0, 0, 4]);
const readyForQuery = Buffer.from([0x5a, 0, 0, 0, 5]);

/** Listens at once; to be closed by the caller. */
export async function openProxy({ upstream, seed = 1 }: ProxyOptions): Promise<Proxy> {
  const links = new Set<Link>();
  const faults: string[] = [];
  const random = seededRandom(seed);
  let mode: Mode = { kind: 'pass' };
  let count = 0;

  const cut = (link: Link, why: string) => {
    if (!links.delete(link)) return;
    faults.push(`${link.id} cut: ${why}`);
    link.client.destroy();
    link.server.destroy();
  };
  const deafen = (link: Link) => {
    if (!link.deaf) faults.push(`${link.id} deaf`);
    link.deaf = true;
  };

  /** How many of these bytes may pass; the connection is cut behind them if that is not all. */
  const allowed = (link: Link, direction: Direction, bytes: number): number => {
    const shared = mode.kind === 'cut' && mode.direction === direction ? mode : undefined;
    const left = Math.min(link.left[direction], shared?.left ?? Number.POSITIVE_INFINITY);
    link.left[direction] -= bytes;
    if (shared) shared.left -= bytes;
    if (shared && shared.left < 0) mode = { kind: 'pass' };
    return Math.max(0, Math.min(bytes, left));
  };

  /** False: the chunk is not to pass. */
  const listenFor = (link: Link, direction: Direction, chunk: Buffer): boolean => {
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
    if (mode.kind !== 'reply' || direction === 'to client') return true;
    link.said = link.said.slice(-mode.text.length) + chunk.toString('latin1');
    if (link.said.includes(mode.text)) link.reply = 'spoken';
    if (link.reply === 'spoken' && chunk.includes(sync)) link.reply = 'sent';
    return true;
  };

  const carry = (link: Link, direction: Direction) => {
    const [from, to] = direction === 'to server' ? [link.client, link.server] : [link.server, link.client];
    // One after the other, however long each waits.
    let last = Promise.resolve();
    from.on('data', (chunk: Buffer) => {
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
    const server = connect(upstream);
    const link: Link = { id: count, client, server, deaf: false, left, said: '', reply: 'passes' };
    if (mode.kind === 'random') {
      const direction = random() < 0.5 ? 'to server' : 'to client';
      left[direction] = 1 + Math.floor(random() * mode.longest);
    }
    links.add(link);
    carry(link, 'to server');
    carry(link, 'to client');
  });
  const listen = async (port: number) => {
    listener.listen(port, '127.0.0.1');
    await once(listener, 'listening');
  };
  const cutAll = (why: string) => {
    for (const link of [...links]) cut(link, why);
  };
  const stopListening = async () => {
    const closed = once(listener, 'close');
    listener.close();
    for (const link of [...links]) if (!link.deaf) cut(link, 'nobody listens');
    // The listener is closed at once; that it tells so waits for those that are deaf.
    if (links.size === 0) await closed;
  };

  await listen(0);
  const { port } = listener.address() as AddressInfo;
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
    swallowReply: (text) =>
      new Promise((resolve) => {
        mode = { kind: 'reply', text, done: resolve };
      }),
    cutAll: () => cutAll('all of them'),
    close: async () => {
      cutAll('the end');
      if (listener.listening) await stopListening();
    },
  };
}

/** mulberry32: small, seeded, good enough to choose a byte. */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
