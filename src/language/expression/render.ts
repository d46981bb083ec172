// A template or a condition and a scope → what a task would receive, or whether a transition fires.

import type { Evaluation } from './evaluate.ts';
import { evaluateWith } from './evaluate.ts';
import { at, type ExpressionError } from './fault.ts';
import { createMeter, type Limits, type Meter } from './limits.ts';
import { payFor } from './operators.ts';
import { parseExpression } from './parse.ts';
import type { Scope } from './scope.ts';
import { type ExpressionPart, parseTemplate, type Template } from './template.ts';
import { isFault, isTruthy, toText, type Value, weigh } from './value.ts';

/**
 * The typed value of a string that is one expression, the text of any other. The first error ends it; its place is in the
 * template's string. All expressions of the string share the limits. Never throws.
 */
export function renderTemplate(template: Template, scope: Scope, limits?: Limits): Evaluation {
  const meter = createMeter(limits);
  if (template.whole === undefined) return renderText(template, scope, meter);
  const outcome = outcomeOf(template.whole, scope, meter);
  return isFault<ExpressionError>(outcome) ? { error: outcome } : { value: outcome };
}

type TextResult = { readonly value: string } | { readonly error: ExpressionError };

function renderText(template: Template, scope: Scope, meter: Meter): TextResult {
  let text = '';
  for (const part of template.parts) {
    const value = part.kind === 'text' ? part.text : outcomeOf(part, scope, meter);
    if (isFault<ExpressionError>(value)) return { error: value };
    const over = payFor(weigh(value, meter) * (typeof value === 'string' ? 1 : 4), meter);
    if (over !== undefined) return { error: at(over, part.start, part.end) };
    text += toText(value);
    const fault = meter.allow(text.length);
    if (fault !== undefined) return { error: at(fault, part.start, part.end) };
  }
  return { value: text };
}

function outcomeOf(part: ExpressionPart, scope: Scope, meter: Meter): Value | ExpressionError {
  const { result } = part;
  return result.error ?? evaluateWith(result.node, scope, meter);
}

/** How a condition came out. */
export type WhenResult =
  | {
      readonly value: boolean;
      /** As an expression without braces, or as the text of a template. */
      readonly as: 'expression' | 'text';
      /** Why it was not taken as an expression. With `as: 'text'` and no `{{ }}` it is most likely a mistake. */
      readonly failure?: ExpressionError;
    }
  | { readonly error: ExpressionError };

/**
 * Whether a `when` is true: first as a bare expression; where that does not parse or evaluate, by the text of the template:
 * nothing, `false`, `0` and `no` are false, all else true, whatever the case. So `{{ [] }}` is true: its text is `[]`.
 */
export function evaluateWhen(
  text: string,
  scope: Scope,
  options: { readonly limits?: Limits; readonly parse?: (text: string) => Template } = {},
): WhenResult {
  const bare = parseExpression(text);
  const outcome = bare.error ?? evaluateWith(bare.node, scope, createMeter(options.limits));
  if (!isFault<ExpressionError>(outcome)) return { value: isTruthy(outcome), as: 'expression' };
  const template = (options.parse ?? parseTemplate)(text);
  const rendered = renderText(template, scope, createMeter(options.limits));
  if ('error' in rendered) return rendered;
  return { value: isTrueText(rendered.value), as: 'text', failure: outcome };
}

const falseTexts: ReadonlySet<string> = new Set(['', 'false', '0', 'no']);

const isTrueText = (text: string): boolean => !falseTexts.has(text.trim().toLowerCase());
