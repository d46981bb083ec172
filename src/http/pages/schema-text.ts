// A schema → what a reader is told of its type, with links to the schemas it names.
import { nameOf } from '../openapi/examples.ts';
import type { Schema } from '../operation.ts';
import { type Html, html } from './html.ts';
import { inline } from './markdown.ts';

/** `list of WorkflowSummary`, `text or null`, `"get" | "put"`. */
export function typeText(schema: Schema): Html {
  const { $ref, type, items, enum: words, const: only, properties, contentSchema } = schema;
  if (typeof $ref === 'string') return schemaLink(nameOf($ref));
  if (contentSchema !== undefined) return html`text of ${typeText(contentSchema as Schema)}`;
  if (only !== undefined) return html`<code>${JSON.stringify(only)}</code>`;
  if (Array.isArray(words))
    return joined(
      words.map((word) => html`<code>${String(word)}</code>`),
      ' ',
    );
  const names = [type].flat().filter((name): name is string => typeof name === 'string');
  if (names[0] === 'array') return html`list of ${typeText((items ?? {}) as Schema)}`;
  if (names[0] === 'object' && properties !== undefined) {
    return html`${Object.keys(properties as object).length === 0 ? 'mapping' : 'mapping of the following'}${names.includes('null') ? ' or null' : ''}`;
  }
  return html`${names.map((name) => kinds[name] ?? name).join(' or ') || 'any value'}${bounds(schema)}`;
}

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'whole number',
  object: 'mapping',
  boolean: 'true or false',
};

function bounds({ minimum, maximum, default: fallback, format }: Schema): string {
  const range =
    typeof maximum === 'number' && maximum < 1_000_000 && typeof minimum === 'number'
      ? `, ${minimum} to ${maximum}`
      : '';
  const shape = format === 'date-time' ? ', a time in UTC' : '';
  return `${range}${shape}${fallback === undefined ? '' : `, ${String(fallback)} unless given`}`;
}

/** `WorkflowFile/$defs/task` is told with the schema that it stands in. */
export function schemaLink(path: string): Html {
  const parts = path.split('/');
  return html`<a href="#schema-${parts[0]}">${parts.at(-1)}</a>`;
}

export function joined(parts: readonly Html[], between: string): Html {
  return html`${parts.map((part, at) => (at === 0 ? part : html`${between}${part}`))}`;
}

type Row = {
  readonly name: string;
  readonly type: Html;
  readonly text: readonly Html[];
  readonly isRequired: boolean;
};

/** Rows of name, type and meaning; on a narrow screen one below the other. */
export function rowsTable(heading: string, rows: readonly Row[], needed: string): Html {
  return html`<div class="wide"><table class="stacked"><thead><tr><th>${heading}</th><th>Type</th><th>Meaning</th></tr></thead><tbody>
${rows.map(
  ({ name, type, text, isRequired }) =>
    html`<tr><td><code>${name}</code>${isRequired && needed !== '' ? html` <span class="required">${needed}</span>` : undefined}</td><td class="soft">${type}</td><td>${text}</td></tr>\n`,
)}</tbody></table></div>\n`;
}

/** The keys of a schema, those of mappings inside it with their path. */
export function propertyRows(schema: Schema, prefix = ''): readonly Row[] {
  const required = (schema['required'] ?? []) as readonly string[];
  return Object.entries((schema['properties'] ?? {}) as Readonly<Record<string, Schema>>).flatMap(
    ([name, inner]) => {
      const isList = [inner['type']].flat()[0] === 'array';
      const nested = isList ? ((inner['items'] ?? {}) as Schema) : inner;
      const path = `${prefix}${name}`;
      const description = typeof inner['description'] === 'string' ? inner['description'] : '';
      return [
        { name: path, type: typeText(inner), text: inline(description), isRequired: required.includes(name) },
        ...(nested['$ref'] === undefined && prefix === ''
          ? propertyRows(nested, `${path}${isList ? '[]' : ''}.`)
          : []),
      ];
    },
  );
}
