// The little Markdown that descriptions are written in → HTML: paragraphs, lists, code and links to named schemas.
import { type Html, html } from './html.ts';

export function markdown(text: string): readonly Html[] {
  return text.split(/\n\n+/).map((block) => {
    const lines = block.split('\n');
    if (!lines.every((line) => line.startsWith('- '))) return html`<p>${inline(block)}</p>\n`;
    return html`<ul>\n${lines.map((line) => html`<li>${inline(line.slice(2))}</li>\n`)}</ul>\n`;
  });
}

/** One line: what stands between backticks is code. */
export function inline(text: string): readonly Html[] {
  return text.split('`').map((part, at) => (at % 2 === 1 ? html`<code>${part}</code>` : html`${part}`));
}
