// Routes as they are registered → the operations they carry.
import type { FastifyInstance } from 'fastify';
import type { Operation } from '../operation.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the route is asked. Only the one that refuses other methods has none. */
    readonly operation?: Operation;
  }
}

/** An operation at its place. */
export type PlacedOperation = {
  /** Lower case, as in the document. */
  readonly method: string;
  /** With the prefix of its scope: `/api/v1/workflows/:ref`. */
  readonly url: string;
  readonly operation: Operation;
};

/** Returns a list that grows with each route registered from now on; it is whole when the application is ready. */
export function collectOperations(app: FastifyInstance): readonly PlacedOperation[] {
  const placed: PlacedOperation[] = [];
  app.addHook('onRoute', ({ method, url, config }) => {
    const operation = config?.operation;
    // HEAD comes with GET and is not told of its own.
    if (operation === undefined || typeof method !== 'string' || method === 'HEAD') return;
    placed.push({ method: method.toLowerCase(), url, operation });
  });
  return placed;
}

/** `/packs/:ref` → `/packs/{ref}`. */
export function pathOf(url: string): string {
  return url.replaceAll(/:(\w+)/g, '{$1}');
}

/** Names of the parts of a path, in order. */
export function partsOf(url: string): readonly string[] {
  return [...url.matchAll(/:(\w+)/g)].map(([, name = '']) => name);
}
