// Who asks, and how often they may: the token of each request, and 401, 403 and 429 for those that cannot go on.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { TokenRole } from '../model/token.ts';
import { createTokenFinder } from './auth.ts';
import type { HttpOptions } from './ports.ts';
import { ProblemError } from './problem.ts';
import { networkOf } from './remote-address.ts';
import { type Buckets, createBuckets, type Rate } from './token-bucket.ts';

export type Caller = {
  /** The token's name, or `local` where no tokens are asked for. */
  readonly name: string;
  readonly role: TokenRole;
};

declare module 'fastify' {
  interface FastifyRequest {
    /** Undefined: no token that is good. */
    caller: Caller | undefined;
  }
}

/** Per token. */
export const readRate: Rate = { perSecond: 50, burst: 200 };
export const writeRate: Rate = { perSecond: 20, burst: 100 };
/** Per remote address, for whatever comes without a good token: pages, and guesses. */
export const strangerRate: Rate = { perSecond: 10, burst: 50 };
/** Pairs of address and token that are remembered as good: those seen last. */
const maxKnown = 10_000;
/** Between two warnings about guesses. */
const warnEveryMs = 60_000;
/** Supervisors are answered whatever others do; neither costs anything. */
const unlimited: readonly string[] = ['/livez', '/readyz'];

/** What would change something if it were allowed. */
export function isWrite({ method, routeOptions }: FastifyRequest): boolean {
  return method !== 'GET' && method !== 'HEAD' && routeOptions.config?.operation?.changes !== false;
}

/** Tells each request who asks. Where no tokens are asked for that is `local`, as often as it likes. */
export function addCallers(app: FastifyInstance, options: HttpOptions): void {
  app.decorateRequest('caller', undefined);
  const identify = createIdentifier(options);
  app.addHook('onRequest', async (request) => {
    request.caller = identify(request);
  });
}

function createIdentifier(options: HttpOptions): (request: FastifyRequest) => Caller | undefined {
  const { tokens, nowMs = () => performance.now() } = options;
  const local: Caller = { name: 'local', role: 'write' };
  if (tokens === undefined) return () => local;
  const findToken = createTokenFinder(tokens);
  const reads = createBuckets(readRate);
  const writes = createBuckets(writeRate);
  const strangers = createStrangers(options, nowMs);
  return (request) => {
    if (unlimited.includes(request.routeOptions.url ?? '')) return undefined;
    const token = findToken(request.headers.authorization);
    const network = networkOf(request.ip);
    if (token === undefined || !strangers.lets(network, token.name)) {
      strangers.take(network);
      return undefined;
    }
    take(isWrite(request) ? writes : reads, token.name, nowMs(), `the token ${token.name}`);
    return token;
  };
}

/**
 * Once an address has used up its guesses no token is good from there that was not good from there before: a guess would be
 * refused even if it were right, and those who share the address with a guesser go on.
 */
function createStrangers({ logger }: HttpOptions, nowMs: () => number) {
  const guesses = createBuckets(strangerRate);
  const known = new Set<string>();
  let warnedMs = Number.NEGATIVE_INFINITY;
  const warn = (network: string): void => {
    if (nowMs() - warnedMs < warnEveryMs) return;
    warnedMs = nowMs();
    logger.warn({ remote: network }, 'requests without a good token come too fast; they are refused');
  };
  return {
    lets(network: string, name: string): boolean {
      const pair = `${network} ${name}`;
      if (!known.has(pair) && !guesses.has(network, nowMs())) return false;
      known.delete(pair);
      known.add(pair);
      for (const oldest of known) {
        if (known.size <= maxKnown) break;
        known.delete(oldest);
      }
      return true;
    },
    take(network: string): void {
      if (!guesses.has(network, nowMs())) warn(network);
      take(guesses, network, nowMs(), 'requests from here without a good token');
    },
  };
}

function take(buckets: Buckets, key: string, nowMs: number, whose: string): void {
  const seconds = Math.ceil(buckets.take(key, nowMs));
  if (seconds === 0) return;
  throw new ProblemError('rate_limited', `too many requests: ${whose} may go on in ${seconds} s`, {
    headers: { 'retry-after': String(seconds) },
  });
}

/** Refuses a request without a good token (401), or one that changes something with a `read` token (403). */
export async function demandCaller(request: FastifyRequest): Promise<void> {
  const { caller } = request;
  if (caller === undefined) {
    throw new ProblemError('unauthorized', 'give a known token as Authorization: Bearer TOKEN', {
      headers: { 'www-authenticate': 'Bearer realm="packwatch"' },
    });
  }
  if (caller.role === 'read' && isWrite(request))
    throw new ProblemError('role_forbidden', `the token ${caller.name} may only read`);
}
