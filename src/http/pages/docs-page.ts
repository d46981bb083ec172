// The API's document → a page to read: headings, operations, schemas and codes, each with an address of its own.
import { problems } from '../problem.ts';
import { codesOf, operationSection } from './docs-operation.ts';
import { placedUnder, type ShownDocument } from './document-shape.ts';
import { type Html, html } from './html.ts';
import { inline, markdown } from './markdown.ts';
import { propertyRows, rowsTable } from './schema-text.ts';
import { pageOf } from './style.ts';

/** `base`: scheme and host of the listener, for the examples. */
export function docsPage(document: ShownDocument, base: string): string {
  const { info, tags } = document;
  const general = generalCodes(document);
  return pageOf(
    `${info.title} API`,
    html`<div class="reference">
${contents(document)}
<main>
<h1>${info.title} API</h1>
<p class="soft">Version ${info.version} · <a href="/">start page</a> · <a href="/openapi.json">OpenAPI document</a></p>
${markdown(info.description)}
${tags.map(
  ({ name, description }) => html`<h2 id="${anchorOf(name)}">${name}</h2>
<p class="soft">${description}</p>
${placedUnder(document, name).map((placed) => operationSection(document, placed, general, base))}`,
)}${refusals(general)}${schemas(document)}
</main>
</div>`,
  );
}

function anchorOf(tag: string): string {
  return `tag-${tag.toLowerCase().replaceAll(' ', '-')}`;
}

function contents(document: ShownDocument): Html {
  return html`<nav aria-label="Contents"><details open><summary>Contents</summary>
${document.tags.map(
  ({ name }) => html`<a href="#${anchorOf(name)}"><strong>${name}</strong></a>
<ul>
${placedUnder(document, name).map(
  ({ operation }) => html`<li><a href="#${operation.operationId}">${operation.summary}</a></li>\n`,
)}</ul>
`,
)}<ul><li><a href="#refusals"><strong>Refusals</strong></a></li><li><a href="#schemas"><strong>Schemas</strong></a></li></ul>
</details></nav>`;
}

/** Codes that most operations name: they are told once. */
function generalCodes(document: ShownDocument): ReadonlySet<string> {
  const lists = document.tags
    .flatMap(({ name }) => placedUnder(document, name))
    .filter(({ path }) => path.startsWith('/api/'))
    .map(({ operation }) => codesOf(document, operation.responses));
  const writes = [
    'role_forbidden',
    'origin_forbidden',
    'body_too_large',
    'unsupported_media_type',
    'invalid_body',
  ];
  const often = Object.keys(problems).filter(
    (code) =>
      lists.filter((codes) => (codes as readonly string[]).includes(code)).length > (lists.length * 2) / 3,
  );
  return new Set([...often, ...writes, 'bad_request']);
}

function refusals(general: ReadonlySet<string>): Html {
  const rows = Object.entries(problems);
  return html`<h2 id="refusals">Refusals</h2>
<p>Each is a <a href="#schema-ProblemDocument">problem document</a>. Those marked <em>any</em> are not repeated at each operation.</p>
<div class="card wide"><table><thead><tr><th>Code</th><th>Status</th><th>Meaning</th></tr></thead><tbody>
${rows.map(
  ([code, [status, title]]) =>
    html`<tr id="code-${code}"><td><code>${code}</code>${general.has(code) ? html` <em class="soft">any</em>` : undefined}</td><td>${status}</td><td>${title}</td></tr>\n`,
)}</tbody></table></div>
`;
}

function schemas({ components }: ShownDocument): Html {
  return html`<h2 id="schemas">Schemas</h2>
<p class="soft">Every key is always there unless it is marked optional. Keys may be added at any time.</p>
${Object.entries(components.schemas).map(([name, schema]) => {
  const rows = propertyRows(schema).map((row) => ({ ...row, isRequired: !row.isRequired }));
  const description = typeof schema['description'] === 'string' ? schema['description'] : '';
  return html`<article class="card schema" id="schema-${name}">
<h3><a class="anchor" href="#schema-${name}">${name}</a></h3>
<p>${inline(description)}</p>
${rows.length === 0 ? undefined : rowsTable('Key', rows, 'optional')}</article>
`;
})}`;
}
