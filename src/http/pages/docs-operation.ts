// One operation of the API's page: what it takes, what it answers, what it refuses, and how to ask it.
import { type ProblemCode, problems } from '../problem.ts';
import { curlOf } from './curl.ts';
import type { Placed, ShownContent, ShownDocument, ShownResponse } from './document-shape.ts';
import { type Html, html } from './html.ts';
import { inline, markdown } from './markdown.ts';
import { joined, propertyRows, rowsTable, typeText } from './schema-text.ts';

/** `general`: codes that any operation may be refused with, told once for all. */
export function operationSection(
  document: ShownDocument,
  placed: Placed,
  general: ReadonlySet<string>,
  base: string,
): Html {
  const { method, path, operation } = placed;
  const { operationId, summary, description = '', requestBody } = operation;
  return html`<article class="card operation" id="${operationId}">
<h3><a class="anchor" href="#${operationId}">${summary}</a></h3>
<p class="address"><code class="method ${method}">${method.toUpperCase()}</code><code>${path}</code></p>
${markdown(description)}${parametersOf(placed)}${requestBody === undefined ? undefined : bodyOf(requestBody)}
${answersOf(placed)}${refusalsOf(document, placed, general)}
<h4>Example</h4>
<pre><code>${curlOf(placed, base)}</code></pre>
</article>
`;
}

function parametersOf({ operation: { parameters = [] } }: Placed): Html | undefined {
  if (parameters.length === 0) return undefined;
  const rows = parameters.map(({ name, in: place, required, description, schema }) => ({
    name: place === 'path' ? `{${name}}` : name,
    type: html`${typeText(schema)}${place === 'header' ? ', a header' : undefined}`,
    text: inline(description),
    isRequired: required && place === 'query',
  }));
  return html`<h4>Parameters</h4>\n${rowsTable('Name', rows, 'required')}`;
}

function bodyOf({ description, required, content }: NonNullable<Placed['operation']['requestBody']>): Html {
  return html`<h4>Body</h4>
<p>${required ? undefined : 'May be left out. '}${inline(description)}</p>
${Object.entries(content).map(([type, { schema }]) => {
  const rows = propertyRows(schema);
  const said = typeof schema['description'] === 'string' ? schema['description'] : '';
  return html`<p><code>${type}</code>: ${typeText(schema)}${said === '' ? undefined : html`. ${inline(said)}`}</p>\n${rows.length === 0 ? undefined : rowsTable('Key', rows, 'required')}`;
})}`;
}

/** Successes, and whatever else is no problem document. */
function answersOf({ operation: { responses } }: Placed): Html {
  const shown = Object.entries(responses).filter(([status, response]) => isAnswer(status, response));
  return html`<h4>Answers</h4>
${shown.map(
  ([status, { description, content, headers = {} }]) =>
    html`<p><strong class="${status < '400' ? 'good' : 'bad'}">${status}</strong> ${inline(description.replace(/ Or: .*/s, ''))}${Object.entries(
      headers,
    ).map(
      ([name, header]) =>
        html` <span class="soft">Header <code>${name}</code>: ${inline(header.description)}</span>`,
    )}</p>\n${contentOf(content)}`,
)}`;
}

function isAnswer(status: string, { $ref, content = {} }: ShownResponse): boolean {
  const types = Object.keys(content);
  return (
    $ref === undefined &&
    status !== 'default' &&
    types.every((type) => type !== 'application/problem+json' || types.length > 1)
  );
}

function contentOf(content: ShownContent = {}): readonly Html[] {
  return Object.entries(content)
    .filter(([type]) => type !== 'application/problem+json')
    .map(([type, { schema, example }]) =>
      example === undefined
        ? html`<p class="soft"><code>${type}</code></p>\n`
        : html`<details><summary><code>${type}</code> ${insideOf(schema)}</summary><pre><code>${JSON.stringify(example, null, 2)}</code></pre></details>\n`,
    );
}

/** The named schema of an answer, whatever it is wrapped in. */
function insideOf(schema: ShownContent[string]['schema']): Html {
  const { data, pagination } = (schema['properties'] ?? {}) as Readonly<Record<string, typeof schema>>;
  if (data === undefined) return typeText(schema);
  return pagination === undefined
    ? html`${typeText(data)} in <code>data</code>`
    : html`page: ${typeText(data)}`;
}

function refusalsOf(
  document: ShownDocument,
  { operation }: Placed,
  general: ReadonlySet<string>,
): Html | undefined {
  const own = codesOf(document, operation.responses).filter((code) => !general.has(code));
  if (own.length === 0) return undefined;
  const links = own.map(
    (code) => html`<a href="#code-${code}"><code>${problems[code][0]} ${code}</code></a>`,
  );
  return html`<h4>Refusals</h4>\n<p>${joined(links, ', ')}; and <a href="#refusals">those of any operation</a>.</p>\n`;
}

/** Problem codes that the responses name. */
export function codesOf(
  { components }: ShownDocument,
  responses: Readonly<Record<string, ShownResponse>>,
): readonly ProblemCode[] {
  return Object.values(responses).flatMap((found) => {
    const [, name = ''] = /^#\/components\/responses\/(.*)$/.exec(found.$ref ?? '') ?? [];
    const { content } = components.responses[name] ?? found;
    const properties = content?.['application/problem+json']?.schema['properties'] as
      | { readonly code?: { readonly enum: readonly ProblemCode[] } }
      | undefined;
    return properties?.code?.enum ?? [];
  });
}
