// Static check of one string: as a template, as a condition, as what yields a list. Positions are offsets into the string.
import type { Node } from './ast.ts';
import { checkNames, maxFaults, type StaticFault } from './check.ts';
import type { ExpressionError } from './fault.ts';
import type { Names, Setting } from './names.ts';
import { parseExpression } from './parse.ts';
import { parseTemplate, type Template, templateErrors } from './template.ts';

/** What a string is for: text with expressions, whether something happens, or the items of a task. */
export const purposes = ['text', 'condition', 'items'] as const;
export type Purpose = (typeof purposes)[number];

/** Words that say by themselves whether a condition holds. */
const plainAnswer = /^\s*(?:true|false|yes|no)\s*$/i;

/** Everything that can be said of a string in its place. Evaluates nothing; linear in the string. Never throws. */
export function checkTemplate(text: string, purpose: Purpose, names: Names, setting: Setting): StaticFault[] {
  if (purpose === 'condition') {
    const bare = checkBare(text, names, setting);
    if (bare !== undefined) return bare;
  }
  const template = parseTemplate(text);
  const faults: StaticFault[] = [];
  for (const part of template.parts) {
    if (faults.length >= maxFaults) break;
    if (part.kind === 'text') continue;
    const { result } = part;
    if (result.error !== undefined) faults.push(result.error);
    else faults.push(...checkNames(text, result.node, names, setting));
  }
  if (template.unclosed !== undefined) faults.push(unclosed(template.unclosed));
  if (purpose !== 'text' && template.whole === undefined && isSound(template)) {
    faults.push(textInstead(text, purpose));
  }
  return faults;
}

/** Nothing in it fails to parse: what it is as a whole can be told. */
function isSound(template: Template): boolean {
  return template.unclosed === undefined && templateErrors(template).length === 0;
}

/** A condition without braces: an expression, or a text whose truth was hardly meant. Undefined: it has braces. */
function checkBare(text: string, names: Names, setting: Setting): StaticFault[] | undefined {
  if (plainAnswer.test(text)) return [];
  const { node, error } = parseExpression(text);
  if (node !== undefined) return checkNames(text, node, names, setting);
  if (text.includes('{{')) return undefined;
  return [asCondition(error)];
}

function asCondition(error: ExpressionError): StaticFault {
  if (error.code === 'EXPR_EMPTY') {
    const message = 'the condition is empty, so it never holds';
    return { ...error, message, help: 'remove it, or write an expression' };
  }
  const help = 'what is no expression counts as text, and any text but `false`, `no` and `0` as true';
  return { help, ...error };
}

function unclosed(start: number): StaticFault {
  const message = '`{{` is not closed, so it stays text';
  return { code: 'EXPR_SYNTAX', message, help: 'close it with `}}`', start, end: start + 2 };
}

function textInstead(text: string, purpose: Exclude<Purpose, 'text'>): StaticFault {
  const place = { code: 'EXPR_TEXT', start: 0, end: text.length } as const;
  if (purpose === 'condition') {
    const message = 'with text around its expressions the condition is true whatever they yield';
    return { ...place, message, help: 'write one expression: `{{ a and b }}`' };
  }
  const message = '`with_items` takes a list, which only a single expression yields';
  const node: Node | undefined = text.includes('{{') ? undefined : parseExpression(text).node;
  const help = node === undefined ? 'write one expression: `{{ … }}`' : 'put it in braces: `{{ … }}`';
  return { ...place, message, help };
}
