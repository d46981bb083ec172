// A string of a workflow → its text and its expressions, each parsed. All positions are offsets into that string.
import type { Span } from './ast.ts';
import type { ExpressionError } from './fault.ts';
import { maxTokens } from './limits.ts';
import { type ParseResult, parseExpression } from './parse.ts';

export type TextPart = Span & { readonly kind: 'text'; readonly text: string };

/** `{{ … }}` with its braces; what is between them stands at `inner`. */
export type ExpressionPart = Span & {
  readonly kind: 'expression';
  readonly inner: Span;
  readonly result: ParseResult;
};

export type Template = {
  readonly text: string;
  /** In order, without gaps. A string without `{{ }}` is one part of text, an empty one none. */
  readonly parts: readonly (TextPart | ExpressionPart)[];
  /** Set when the string is one expression and nothing but blanks around it: it yields a typed value then. */
  readonly whole: ExpressionPart | undefined;
  /** Where a `{{` stands that no `}}` follows: it is text, and most likely a mistake. */
  readonly unclosed: number | undefined;
};

/**
 * Splits a string and parses its expressions. The first `}}` after a `{{` closes it, also inside a string of the
 * expression. Linear; when all expressions together have more than `maxTokens` tokens, the one that goes too far takes the
 * rest of the string and is `EXPR_LIMIT`. Never throws.
 */
export function parseTemplate(text: string): Template {
  const parts: (TextPart | ExpressionPart)[] = [];
  let left = maxTokens;
  let from = 0;
  for (;;) {
    const start = text.indexOf('{{', from);
    const close = start < 0 ? -1 : text.indexOf('}}', start + 2);
    if (close < 0) {
      pushText(parts, text, from, text.length);
      return { text, parts, whole: wholeOf(parts), unclosed: start < 0 ? undefined : start };
    }
    pushText(parts, text, from, start);
    const inner = { start: start + 2, end: close };
    const result = parseExpression(text, inner.start, inner.end, left);
    left -= result.tokens;
    const end = left < 0 ? text.length : close + 2;
    parts.push({ kind: 'expression', start, end, inner, result });
    from = end;
  }
}

function pushText(parts: (TextPart | ExpressionPart)[], text: string, start: number, end: number): void {
  if (start < end) parts.push({ kind: 'text', text: text.slice(start, end), start, end });
}

function wholeOf(parts: Template['parts']): ExpressionPart | undefined {
  const rest = parts.filter((part) => part.kind === 'expression' || part.text.trim() !== '');
  const [only] = rest;
  return rest.length === 1 && only?.kind === 'expression' ? only : undefined;
}

/** What is wrong with the expressions of a template, in order, also those that are empty. */
export function templateErrors(template: Template): ExpressionError[] {
  return template.parts.flatMap((part) =>
    part.kind === 'expression' && part.result.error !== undefined ? [part.result.error] : [],
  );
}

export type TemplateCache = {
  /** The parsed template, from the cache when it is there. */
  get(text: string): Template;
};

/** Longest string that is kept, in UTF-16 units: longer ones are rare, and parsed each time. */
const maxCachedLength = 4096;

/** Keeps the `maxEntries` templates asked for last; strings without `{{` and very long ones are not kept. */
export function createTemplateCache(maxEntries: number): TemplateCache {
  const templates = new Map<string, Template>();
  return {
    get: (text) => {
      const known = templates.get(text);
      const template = known ?? parseTemplate(text);
      if (text.length > maxCachedLength || !text.includes('{{')) return template;
      // A map keeps the order of insertion: the first key is the one not asked for longest.
      templates.delete(text);
      templates.set(text, template);
      if (templates.size > maxEntries) {
        for (const oldest of templates.keys()) {
          templates.delete(oldest);
          break;
        }
      }
      return template;
    },
  };
}
