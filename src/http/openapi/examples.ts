// A schema → a value that it takes: the first example of each key, or the plainest value there is.
import type { Json, JsonObject } from '../../model/pack.ts';
import type { Schema } from '../operation.ts';

type Named = Readonly<Record<string, Schema>>;

/** Optional keys appear only where they have an example of their own. `named`: what references lead to. */
export function exampleOf(schema: Schema, named: Named): Json {
  const { $ref, examples, const: only, enum: words, allOf, oneOf, anyOf } = schema;
  if (Array.isArray(examples) && examples.length > 0) return examples[0] as Json;
  if (typeof $ref === 'string') return exampleOf(named[nameOf($ref)] ?? {}, named);
  if (only !== undefined) return only;
  if (Array.isArray(words)) return words[0] as Json;
  const [part] = [allOf, oneOf, anyOf].flatMap((parts) => (Array.isArray(parts) ? parts : [])) as Schema[];
  if (part !== undefined && schema['properties'] === undefined) return exampleOf(part, named);
  return plain(schema, named);
}

export function nameOf($ref: string): string {
  return $ref.replace('#/components/schemas/', '');
}

function plain(schema: Schema, named: Named): Json {
  switch ([schema['type']].flat()[0]) {
    case 'object':
      return properties(schema, named);
    case 'array':
      return isEmptyBetter(schema) ? [] : [exampleOf((schema['items'] ?? {}) as Schema, named)];
    case 'integer':
    case 'number':
      return typeof schema['minimum'] === 'number' ? schema['minimum'] : 0;
    case 'boolean':
      return false;
    case 'string':
      return '';
    default:
      return null;
  }
}

/** Diagnostics are the exception in what is answered. */
function isEmptyBetter({ items }: Schema): boolean {
  return (items as JsonObject | undefined)?.['$ref'] === '#/components/schemas/Diagnostic';
}

function properties(schema: Schema, named: Named): JsonObject {
  const required = (schema['required'] ?? []) as readonly string[];
  return Object.fromEntries(
    Object.entries((schema['properties'] ?? {}) as Named)
      .filter(([key, inner]) => required.includes(key) || inner['examples'] !== undefined)
      .map(([key, inner]) => [key, exampleOf(inner, named)]),
  );
}
