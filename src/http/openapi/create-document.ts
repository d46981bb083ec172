// The document of an application: made once, of what its routes carry and of how it is set up.
import type { JsonObject } from '../../model/pack.ts';
import type { HttpOptions } from '../ports.ts';
import type { PlacedOperation } from './collect.ts';
import { apiBase, buildDocument } from './document.ts';

/** Makes the document when it is first asked for: by then every route is registered. */
export function createDocument(
  operations: readonly PlacedOperation[],
  options: HttpOptions,
): () => JsonObject {
  let made: JsonObject | undefined;
  return () => {
    made ??= describe(operations, options);
    return made;
  };
}

function describe(operations: readonly PlacedOperation[], options: HttpOptions): JsonObject {
  const { tokens, isLoopback, version = '0.0.0', definitionSchemas = {} } = options;
  return buildDocument({
    operations,
    version,
    definitions: definitionSchemas,
    needsToken: (url) =>
      tokens !== undefined && (url.startsWith(`${apiBase}/`) || (url === '/metrics' && !isLoopback)),
  });
}
