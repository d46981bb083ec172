// HTML by template: whatever is put in is text unless it is HTML already.

declare const brand: unique symbol;
/** Markup that is safe to send; only `html` makes it. */
export type Html = { readonly [brand]: true; readonly markup: string };

type Value = Html | string | number | readonly Html[] | undefined;

/** Strings are escaped, lists of HTML joined, undefined is nothing. Attributes have to be quoted in the template. */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Html {
  const markup = strings.reduce((text, part, at) => `${text}${markupOf(values[at - 1])}${part}`);
  return { markup } as Html;
}

/** Text that somebody else wrote: set apart, so that letters of another direction move nothing around it. */
export function foreign(text: string): Html {
  return html`<bdi>${text}</bdi>`;
}

function markupOf(value: Value): string {
  if (value === undefined) return '';
  if (typeof value === 'string' || typeof value === 'number') return escapeText(String(value));
  return Array.isArray(value)
    ? (value as readonly Html[]).map(({ markup }) => markup).join('')
    : (value as Html).markup;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** What a reader cannot see, or what turns the direction of writing, is shown as its number. */
function escapeText(text: string): string {
  return text
    .replaceAll(/[&<>"']/g, (character) => entities[character] ?? '')
    .replaceAll(
      /(?![\n\t])[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu,
      (character) => `[U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`,
    );
}
