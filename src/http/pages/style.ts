// The one style sheet of the pages, and the policy that lets it be the only thing they load.
import { createHash } from 'node:crypto';
import { type Html, html } from './html.ts';

const sheet = `
:root {
  color-scheme: light dark;
  --back: #fbfbfa; --card: #fff; --text: #1d2329; --soft: #5b6570; --line: #e1e4e8; --link: #0b57b8; --code: #f1f3f5;
  --good: #17703a; --warn: #8a5a00; --bad: #b3261e; --get: #0b57b8; --post: #17703a; --put: #8a5a00; --delete: #b3261e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #15181c; --card: #1b1f24; --text: #e4e7ea; --soft: #9aa5b1; --line: #2f353d; --link: #7cb7ff; --code: #23282f;
    --good: #67cf8f; --warn: #e2b25b; --bad: #ff8f84; --get: #7cb7ff; --post: #67cf8f; --put: #e2b25b; --delete: #ff8f84;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0; background: var(--back); color: var(--text); font: 16px/1.55 system-ui, sans-serif; overflow-wrap: break-word; }
a { color: var(--link); text-decoration-thickness: 1px; text-underline-offset: 2px; }
a:focus-visible, summary:focus-visible, input:focus-visible, button:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
code, pre { font: 0.875em/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; }
code { overflow-wrap: anywhere; }
p code, li code, td code { background: var(--code); border-radius: 4px; padding: 0.1em 0.3em; }
pre { background: var(--code); border-radius: 6px; padding: 0.75rem 1rem; margin: 0.5rem 0; overflow-x: auto; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 0.25rem; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 0.75rem; }
h3 { font-size: 1.05rem; margin: 0; }
h4 { font-size: 0.9rem; margin: 1.25rem 0 0.25rem; }
p { margin: 0.5rem 0; }
ul { margin: 0.5rem 0; padding-left: 1.25rem; }
.soft { color: var(--soft); }
.good { color: var(--good); } .warn { color: var(--warn); } .bad { color: var(--bad); }
.page { max-width: 62rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
.page > h2:first-of-type { margin-top: 2rem; }
.links { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; margin: 0.75rem 0; padding: 0; list-style: none; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 1rem 1.25rem; margin: 0 0 0.75rem; }
.card > :first-child { margin-top: 0; } .card > :last-child { margin-bottom: 0; }
.facts { display: flex; flex-wrap: wrap; gap: 0.1rem 1rem; margin: 0.25rem 0 0; padding: 0; list-style: none; color: var(--soft); font-size: 0.9rem; }
form { display: flex; gap: 0.5rem; margin: 1.25rem 0 0.5rem; }
input, button { font: inherit; color: inherit; padding: 0.5rem 0.75rem; border: 1px solid var(--line); border-radius: 6px; background: var(--card); }
input { flex: 1; min-width: 0; }
button { background: var(--link); border-color: var(--link); color: var(--card); font-weight: 600; cursor: pointer; }
.finding { margin: 0.5rem 0 0; padding-left: 0.75rem; border-left: 3px solid var(--line); }
.finding.error { border-color: var(--bad); } .finding.warning { border-color: var(--warn); }
table { border-collapse: collapse; width: 100%; font-size: 0.925rem; }
th, td { text-align: left; vertical-align: top; padding: 0.4rem 0.75rem 0.4rem 0; border-top: 1px solid var(--line); }
thead th { border-top: 0; color: var(--soft); font-weight: 500; font-size: 0.85rem; }
td:first-child { width: 11rem; } .stacked td:nth-child(2) { width: 14rem; } td.soft code { white-space: nowrap; } .wide { overflow-x: auto; }
.reference { display: grid; grid-template-columns: 17rem minmax(0, 1fr); max-width: 80rem; margin: 0 auto; }
.reference nav { position: sticky; top: 0; align-self: start; max-height: 100vh; overflow-y: auto; padding: 2rem 1rem 2rem 1.25rem; font-size: 0.9rem; border-right: 1px solid var(--line); }
.reference nav summary { font-weight: 600; cursor: pointer; margin-bottom: 0.5rem; }
.reference nav ul { list-style: none; margin: 0 0 0.9rem; padding: 0; }
.reference nav li { margin: 0.2rem 0; line-height: 1.35; }
.reference nav a { text-decoration: none; } .reference nav a:hover { text-decoration: underline; }
.reference main { padding: 2rem 1.5rem 6rem 2rem; min-width: 0; }
.operation { scroll-margin-top: 1rem; }
.operation:target, .schema:target { border-color: var(--link); }
.address { display: flex; flex-wrap: wrap; gap: 0.1rem 0.6rem; align-items: baseline; margin: 0.35rem 0 0; }
.method { font-weight: 700; letter-spacing: 0.02em; }
.get { color: var(--get); } .post { color: var(--post); } .put { color: var(--put); } .delete { color: var(--delete); }
.anchor { color: inherit; text-decoration: none; } .anchor:hover { text-decoration: underline; }
.required { color: var(--bad); font-size: 0.8rem; }
details { margin: 0.5rem 0 0; } summary { cursor: pointer; color: var(--soft); font-size: 0.9rem; }
@media (max-width: 56rem) {
  .reference { display: block; }
  .reference nav { position: static; max-height: 16rem; border-right: 0; border-bottom: 1px solid var(--line); padding: 1.25rem; }
  .reference main { padding: 1.25rem 1.25rem 4rem; }
  .reference nav a { display: inline-block; padding: 0.15rem 0; }
}
@media (max-width: 34rem) {
  .page { padding: 1.25rem 1rem 3rem; }
  table.stacked, .stacked tbody, .stacked tr, .stacked td { display: block; width: auto; }
  .stacked thead { display: none; }
  .stacked tr { border-top: 1px solid var(--line); padding: 0.5rem 0; }
  .stacked td:nth-child(n) { border: 0; padding: 0.1rem 0; width: auto; }
}
@media print { .reference { display: block; } .reference nav, form { display: none; } }
`;

const digest = createHash('sha256').update(sheet).digest('base64');

/** Nothing is loaded, nothing runs; forms lead back here, and no other page may show this one in a frame. */
export const pagePolicy = `default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`;

/** A whole page. */
export function pageOf(title: string, body: Html): string {
  // The digest is of the very characters between the tags.
  const style = { markup: `<style>${sheet}</style>` } as Html;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
${style}
</head>
<body>
${body}
</body>
</html>
`.markup;
}
