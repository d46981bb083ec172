// The page to begin with: how the daemon is, what was searched for, problems, held removals and roots.

import type { HeldBatch, Problem, WorkflowSummary } from '../../model/answers.ts';
import type { Page } from '../../model/catalog.ts';
import type { DaemonState, RootState } from '../../model/daemon-state.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import { foreign, type Html, html } from './html.ts';
import { inline } from './markdown.ts';
import { joined } from './schema-text.ts';
import { pageOf } from './style.ts';

/** What of the registry is shown; undefined: the database does not answer. */
export type ShownRegistry = {
  readonly problems: Page<Problem>;
  readonly held: Page<HeldBatch>;
  /** Undefined: nothing was searched for. */
  readonly found: Page<WorkflowSummary> | undefined;
};

export type Search = { readonly q: string; readonly page: number; readonly pageSize: number };

const pages: readonly (readonly [string, string])[] = [
  ['/docs', 'API reference'],
  ['/openapi.json', 'OpenAPI document'],
  ['/metrics', 'Metrics'],
  ['/readyz', 'Readiness'],
  ['/livez', 'Liveness'],
];

/** For whoever may read. */
export function indexPage(state: DaemonState, registry: ShownRegistry | undefined, search: Search): string {
  return whole(html`${stateLine(state)}
${searchForm(search.q)}
${registry === undefined ? away : registryParts(registry, search)}
${rootsPart(state.roots)}`);
}

/** For whoever has not said who they are: nothing of the registry is in it. */
export function closedPage(base: string): string {
  const command = `curl -H "Authorization: Bearer $PACKWATCH_TOKEN" ${base}/api/v1/problems`;
  return whole(html`<p>This daemon asks for a token before it shows anything of the registry. With one in <code>PACKWATCH_TOKEN</code>:</p>
<pre><code>${command}
packwatch status --url ${base}</code></pre>
<p>What can be asked is described in the <a href="/docs">API reference</a>, which needs no token.</p>`);
}

function whole(body: Html): string {
  return pageOf(
    'Packwatch',
    html`<main class="page">
<h1>Packwatch</h1>
<p class="soft">The registry of workflow definitions, kept equal to the packs on disk.</p>
${body}
<h2>More</h2>
<ul class="links">${pages.map(([path, text]) => html`<li><a href="${path}">${text}</a></li>`)}</ul>
</main>`,
  );
}

function stateLine({ ready, version, definitions, reasons }: DaemonState): Html {
  const counts = Object.entries(definitions).map(([status, number]) => html`${number} ${status}`);
  return html`<p><strong class="${ready ? 'good' : 'bad'}">${ready ? 'Ready' : 'Not ready'}</strong> · ${
    counts.length === 0 ? 'nothing counted yet' : joined(counts, ', ')
  } <span class="soft">· version ${version}</span></p>
${reasons.map(({ message }) => html`<p class="warn">${foreign(message)}</p>\n`)}`;
}

function searchForm(q: string): Html {
  return html`<form action="/" method="get" role="search">
<input type="search" name="q" value="${q}" maxlength="200" placeholder="Search workflows" aria-label="Search workflows">
<button>Search</button>
</form>`;
}

const away = html`<p class="bad">The registry cannot be read at the moment: the database does not answer.</p>`;

function registryParts({ found, problems, held }: ShownRegistry, search: Search): Html {
  return html`${found === undefined ? undefined : results(found, search)}
<h2>Problems <span class="soft">${problems.totalItems}</span></h2>
${problems.totalItems === 0 ? html`<p class="good">Every file is served as it stands.</p>` : problems.items.map(problemCard)}
${rest(problems, '/api/v1/problems')}
<h2>Held removals <span class="soft">${held.totalItems}</span></h2>
${held.totalItems === 0 ? html`<p class="good">No removal waits for a person.</p>` : held.items.map(heldCard)}
${rest(held, '/api/v1/held')}`;
}

function results({ items, totalItems }: Page<WorkflowSummary>, { q, page, pageSize }: Search): Html {
  const link = (to: number, text: string) =>
    html`<a href="/?q=${encodeURIComponent(q)}&amp;page=${to}">${text}</a>`;
  const around = [
    ...(page > 1 ? [link(page - 1, 'Previous')] : []),
    ...(page * pageSize < totalItems ? [link(page + 1, 'Next')] : []),
  ];
  return html`<h2>${totalItems === 1 ? '1 workflow' : `${totalItems} workflows`} for “${foreign(q)}”</h2>
${items.map(workflowCard)}
${around.length === 0 ? undefined : html`<p>${joined(around, ' · ')}</p>`}`;
}

function workflowCard(row: WorkflowSummary): Html {
  const { ref, label, description, status, enabled, version, tags, pinned, number, source } = row;
  const facts = [
    html`<span class="${status === 'active' ? 'good' : 'warn'}">${status}</span>`,
    ...(enabled ? [] : [html`<span class="warn">disabled</span>`]),
    html`version ${foreign(version)}`,
    html`revision ${number}${pinned ? ', pinned' : undefined}`,
    html`${source}`,
    ...tags.map((tag) => html`#${foreign(tag)}`),
  ];
  return html`<div class="card">
<h3><a href="/api/v1/workflows/${encodeURIComponent(ref)}">${foreign(label)}</a></h3>
<code>${ref}</code>
${description === null ? undefined : html`<p>${foreign(description)}</p>`}
${factList(facts)}</div>
`;
}

function problemCard({ source, path, ref, state, since, served, diagnostics }: Problem): Html {
  const facts = [
    html`<span class="${state === 'valid' || state === 'ignored' ? 'warn' : 'bad'}">${state}</span>`,
    html`since ${minute(since)}`,
    html`${served ? 'an earlier revision is served' : 'nothing of it is served'}`,
    html`${source}`,
    ...(ref === null ? [] : [html`<code>${ref}</code>`]),
  ];
  return html`<div class="card">
<h3>${foreign(path)}</h3>
${factList(facts)}
${diagnostics.slice(0, 5).map(finding)}${
  diagnostics.length > 5 ? html`<p class="soft">and ${diagnostics.length - 5} more</p>` : undefined
}</div>
`;
}

function finding({ code, severity, message, line, column, help }: Diagnostic): Html {
  return html`<div class="finding ${severity}"><code>${line}:${column}</code> <bdi>${inline(message)}</bdi> <span class="soft">${code}</span>${
    help === undefined ? undefined : html`<br><span class="soft"><bdi>${inline(help)}</bdi></span>`
  }</div>
`;
}

function heldCard({ batch, source, reason, refs, count, of, created }: HeldBatch): Html {
  const why = reason === 'root_empty' ? 'nothing is left under the root' : 'too much would go at once';
  const shown = refs.slice(0, 10).map((ref) => html`<code>${ref}</code>`);
  return html`<div class="card">
<h3>${count} of ${of} in ${source}</h3>
<p>Since ${minute(created)}: ${why}. ${joined(shown, ', ')}${refs.length > shown.length ? ` and ${refs.length - shown.length} more` : ''}</p>
<pre><code>packwatch approve ${batch}
packwatch reject ${batch}</code></pre>
</div>
`;
}

function rootsPart(roots: readonly RootState[]): Html {
  return html`<h2>Roots</h2>
${roots.map(
  ({ source, path, role, leader, healthy, reason, watch, unlisted }) => html`<div class="card">
<h3>${source}</h3>
<code>${foreign(path)}</code>
${factList([
  healthy
    ? html`<span class="good">healthy</span>`
    : html`<span class="bad">${foreign(reason ?? 'unhealthy')}</span>`,
  html`${role ?? 'not led yet'}${leader === null ? undefined : html`, led by ${foreign(leader)}`}`,
  html`changes noticed by ${watch ?? 'rescans'}`,
])}${unlisted.map(({ pack, reason: why }) => html`<p class="warn">${foreign(pack)}: ${foreign(why)}</p>\n`)}</div>
`,
)}`;
}

function factList(facts: readonly Html[]): Html {
  return html`<ul class="facts">${facts.map((fact) => html`<li>${fact}</li>`)}</ul>`;
}

function rest<Row>({ items, totalItems }: Page<Row>, path: string): Html | undefined {
  if (items.length >= totalItems) return undefined;
  return html`<p>The first ${items.length} of ${totalItems}; <a href="${path}">all of them</a>.</p>`;
}

/** `2031-05-04T10:20:30.400Z` → `2031-05-04 10:20 UTC`. */
function minute(timestamp: string): Html {
  return html`<time datetime="${timestamp}">${timestamp.slice(0, 16).replace('T', ' ')} UTC</time>`;
}
