// Types of proxy.mjs, for tests in TypeScript.

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
  /**
   * The next statement whose text holds `text` is carried out but for its last message, the one that commits: the connection goes
   * deaf in front of it. Resolves when that has happened.
   */
  swallowSync(text: string): Promise<void>;
  cutAll(): void;
  close(): Promise<void>;
};

export type ProxyOptions = {
  /** Path of the server's unix socket, or where it listens. */
  readonly upstream: string | { readonly host: string; readonly port: number };
  /** @default 1 */
  readonly seed?: number;
};

/** Listens at once; to be closed by the caller. */
export function openProxy(options: ProxyOptions): Promise<Proxy>;
