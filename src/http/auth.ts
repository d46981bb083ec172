// Who may talk to us: Host allow-list against DNS rebinding, bearer tokens. Headers in, ProblemError or nothing out.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Token } from '../model/token.ts';
import { ProblemError } from './problem.ts';

/**
 * Refuses a request for a host that is not on the list, whether its Host header says so or its target, which may be a
 * whole URL. Two Host headers, or none where the protocol asks for one, are malformed: proxies differ in what they
 * make of that.
 */
export function createHostCheck(allowedHosts: readonly string[]): (request: IncomingMessage) => void {
  const allowed = new Set(allowedHosts.map((host) => host.toLowerCase()));
  const isAllowed = (given: string): boolean => {
    const host = given.toLowerCase();
    const [, name] = /^(\[[^\]]*\]|[^:]*)(?::\d*)?$/.exec(host) ?? [];
    return allowed.has(host) || (name !== undefined && name !== '' && allowed.has(name));
  };
  return ({ rawHeaders, httpVersion, headers: { host = '' }, url = '' }) => {
    const count = rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === 'host').length;
    if (count > 1 || (count === 0 && httpVersion === '1.1'))
      throw new ProblemError('bad_request', 'a request has to have one Host header');
    const [, target] = /^https?:\/\/([^/?#]*)/i.exec(url) ?? [];
    if (target === undefined && !url.startsWith('/'))
      throw new ProblemError('bad_request', 'the target of a request has to be a path');
    if (isAllowed(host) && (target === undefined || isAllowed(target))) return;
    throw new ProblemError(
      'host_forbidden',
      'the Host header is not one of the allowed hosts; PACKWATCH_ALLOWED_HOSTS adds to them',
    );
  };
}

/**
 * Refuses what a page of another origin sends: a browser names it, and would send a POST without asking first. `allowedHosts` may
 * name the host that a proxy is known by; without a port there the origin has to have none either.
 */
export function createOriginCheck(
  allowedHosts: readonly string[],
): (method: string, origin: string | undefined, host: string | undefined) => void {
  const allowed = new Set(allowedHosts.map((name) => name.toLowerCase()));
  return (method, origin, host = '') => {
    if (origin === undefined || method === 'GET' || method === 'HEAD') return;
    const [, from] = /^https?:\/\/([^/]+)$/.exec(origin.toLowerCase()) ?? [];
    if (from !== undefined && (from === host.toLowerCase() || allowed.has(from))) return;
    throw new ProblemError('origin_forbidden', 'a page of another origin may not change anything here');
  };
}

/**
 * Finds the token of an Authorization header. All tokens are compared, each in constant time, so that the time taken tells
 * nothing.
 */
export function createTokenFinder(
  tokens: () => readonly Token[],
): (authorization: string | undefined) => Token | undefined {
  return (authorization = '') => {
    const [, secret = ''] = /^bearer ([\x21-\x7e]{1,4096})$/i.exec(authorization) ?? [];
    const digest = createHash('sha256').update(secret).digest();
    let found: Token | undefined;
    for (const token of tokens()) {
      const known = Buffer.from(token.sha256, 'hex');
      if (known.length === digest.length && timingSafeEqual(known, digest)) found = token;
    }
    return secret === '' ? undefined : found;
  };
}
