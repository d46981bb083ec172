// Second stage of an expression: tokens → syntax tree, or the first thing that is wrong with it.
import {
  type BinaryOperator,
  type LiteralValue,
  minusPrecedence,
  type Node,
  notPrecedence,
  precedence,
  type Span,
} from './ast.ts';
import type { ExpressionCode, ExpressionError } from './fault.ts';
import { isLexError, lexToken, noConditional, type Token } from './lex.ts';
import { maxDepth, maxTokens } from './limits.ts';
import { shorten } from './text.ts';

/** A tree or the first error, and how many tokens were read for it. */
export type ParseResult = { readonly tokens: number } & (
  | { readonly node: Node; readonly error?: never }
  | { readonly error: ExpressionError; readonly node?: never }
);

type Parser = {
  readonly text: string;
  readonly end: number;
  readonly maxTokens: number;
  token: Token;
  /** Where the last token that was taken ended. */
  lastEnd: number;
  depth: number;
  tokens: number;
  /**
   * The first error. From then on the token is `end` and stays it, so every loop ends by itself and what is still built
   * is thrown away: no rule has to ask whether the rule below it failed.
   */
  error: ExpressionError | undefined;
};

/**
 * Parses the expression at `start` to `end` of a text; all positions are offsets into that text. Linear, and stops after
 * `limit` tokens or `maxDepth` levels with `EXPR_LIMIT`; blanks alone are `EXPR_EMPTY`. Never throws.
 */
export function parseExpression(
  text: string,
  start = 0,
  end: number = text.length,
  limit: number = maxTokens,
): ParseResult {
  const parser: Parser = {
    text,
    end,
    maxTokens: limit,
    token: { kind: 'end', text: '', start, end: start },
    lastEnd: start,
    depth: 0,
    tokens: 0,
    error: undefined,
  };
  advance(parser);
  if (parser.token.kind === 'end' && parser.error === undefined) {
    return { error: { code: 'EXPR_EMPTY', message: 'the expression is empty', start, end }, tokens: 1 };
  }
  const node = parseOperators(parser, 1);
  if (parser.token.kind !== 'end') refuseRest(parser);
  const { error, tokens } = parser;
  return error === undefined ? { node, tokens } : { error, tokens };
}

function advance(parser: Parser): void {
  parser.lastEnd = parser.token.end;
  const token = lexToken(parser.text, parser.token.end, parser.end);
  parser.tokens += 1;
  if (parser.tokens > parser.maxTokens) {
    fail(parser, 'EXPR_LIMIT', `the expression has more than ${maxTokens} words and signs`, token);
    return;
  }
  if (isLexError(token)) fail(parser, token.code, token.message, token, token.help);
  else parser.token = token;
}

function fail(parser: Parser, code: ExpressionCode, message: string, span: Span, help?: string): void {
  const { start, end } = span;
  parser.error ??= help === undefined ? { code, message, start, end } : { code, message, start, end, help };
  parser.token = { kind: 'end', text: '', start: parser.end, end: parser.end };
}

/** Runs a rule one level deeper. */
function nested<Result>(parser: Parser, span: Span, rule: () => Result): Result {
  parser.depth += 1;
  if (parser.depth > maxDepth) {
    fail(parser, 'EXPR_LIMIT', `the expression is nested more than ${maxDepth} levels deep`, span);
  }
  const result = rule();
  parser.depth -= 1;
  return result;
}

const isSign = (parser: Parser, text: string): boolean =>
  parser.token.kind === 'sign' && parser.token.text === text;
const isKeyword = (parser: Parser, text: string): boolean =>
  parser.token.kind === 'keyword' && parser.token.text === text;

function operatorOf(token: Token): BinaryOperator | undefined {
  if (token.kind !== 'sign' && token.kind !== 'keyword') return undefined;
  return Object.hasOwn(precedence, token.text) ? (token.text as BinaryOperator) : undefined;
}

/** Operators that bind at least so tightly, left to right; `not` stands where its level is allowed. */
function parseOperators(parser: Parser, least: number): Node {
  let left = least <= notPrecedence && isKeyword(parser, 'not') ? parseNot(parser) : parseUnary(parser);
  for (;;) {
    const operator = operatorOf(parser.token);
    if (operator === undefined || precedence[operator] < least) return left;
    advance(parser);
    const right = parseOperators(parser, precedence[operator] + 1);
    left = { kind: 'binary', operator, left, right, start: left.start, end: right.end };
  }
}

function parseNot(parser: Parser): Node {
  const { token } = parser;
  advance(parser);
  const operand = nested(parser, token, () => parseOperators(parser, notPrecedence));
  return { kind: 'unary', operator: 'not', operand, start: token.start, end: operand.end };
}

function parseUnary(parser: Parser): Node {
  const { token } = parser;
  if (!isSign(parser, '-')) return parsePostfix(parser);
  advance(parser);
  const operand = nested(parser, token, () => parseOperators(parser, minusPrecedence));
  return { kind: 'unary', operator: '-', operand, start: token.start, end: operand.end };
}

function parsePostfix(parser: Parser): Node {
  let node = parsePrimary(parser);
  for (;;) {
    if (isSign(parser, '.')) node = parseMember(parser, node);
    else if (isSign(parser, '[')) node = parseIndex(parser, node);
    else if (isSign(parser, '(')) {
      fail(parser, 'EXPR_SYNTAX', 'only a function can be called, by its name', parser.token);
    } else return node;
  }
}

function parseMember(parser: Parser, object: Node): Node {
  advance(parser);
  const { token } = parser;
  if (token.kind !== 'name' && token.kind !== 'keyword') {
    const isNumber = token.kind === 'int' || token.kind === 'float';
    expected(parser, 'a name after the dot', isNumber ? 'a place in a list is written `[0]`' : undefined);
    return object;
  }
  advance(parser);
  const at = { start: token.start, end: token.end };
  return { kind: 'member', object, name: token.text, at, start: object.start, end: at.end };
}

function parseIndex(parser: Parser, object: Node): Node {
  const bracket = parser.token;
  advance(parser);
  const index = nested(parser, bracket, () => parseOperators(parser, 1));
  close(parser, ']', bracket);
  return { kind: 'index', object, index, start: object.start, end: parser.lastEnd };
}

function parsePrimary(parser: Parser): Node {
  const { token } = parser;
  const { start, end } = token;
  if (token.value !== undefined) return parseLiteral(parser, token.value);
  if (token.kind === 'name') {
    advance(parser);
    if (isSign(parser, '(')) return parseCall(parser, token);
    return { kind: 'name', name: token.text, start, end };
  }
  if (isKeyword(parser, 'true') || isKeyword(parser, 'false')) {
    return parseLiteral(parser, token.text === 'true');
  }
  if (isKeyword(parser, 'null')) return parseLiteral(parser, null);
  if (isSign(parser, '(')) return parseGroup(parser);
  if (isSign(parser, '[')) return parseList(parser);
  const help = isKeyword(parser, 'not') ? 'put it in parentheses: `a == (not b)`' : undefined;
  expected(parser, 'a value', help);
  return { kind: 'literal', value: null, start, end };
}

function parseLiteral(parser: Parser, value: LiteralValue): Node {
  const { start, end } = parser.token;
  advance(parser);
  return { kind: 'literal', value, start, end };
}

function parseGroup(parser: Parser): Node {
  const paren = parser.token;
  advance(parser);
  const inner = nested(parser, paren, () => parseOperators(parser, 1));
  close(parser, ')', paren);
  return { ...inner, start: paren.start, end: parser.lastEnd };
}

function parseCall(parser: Parser, name: Token): Node {
  const args = parseItems(parser, ')', false);
  const at = { start: name.start, end: name.end };
  return { kind: 'call', name: name.text, at, args, start: name.start, end: parser.lastEnd };
}

function parseList(parser: Parser): Node {
  const { start } = parser.token;
  const items = parseItems(parser, ']', true);
  return { kind: 'list', items, start, end: parser.lastEnd };
}

function parseItems(parser: Parser, closer: ')' | ']', mayTrail: boolean): Node[] {
  const opener = parser.token;
  const items: Node[] = [];
  advance(parser);
  nested(parser, opener, () => {
    if (isSign(parser, closer)) return;
    items.push(parseOperators(parser, 1));
    while (isSign(parser, ',')) {
      advance(parser);
      if (mayTrail && isSign(parser, closer)) return;
      items.push(parseOperators(parser, 1));
    }
  });
  close(parser, closer, opener);
  return items;
}

function close(parser: Parser, closer: ')' | ']', opener: Token): void {
  if (isSign(parser, closer)) advance(parser);
  else if (parser.token.kind === 'end') {
    fail(parser, 'EXPR_SYNTAX', `this \`${opener.text}\` is not closed`, opener);
  } else expected(parser, closer === ')' ? 'an operator, a comma or `)`' : 'an operator, a comma or `]`');
}

function expected(parser: Parser, what: string, help?: string): void {
  fail(parser, 'EXPR_SYNTAX', `expected ${what}, found ${shown(parser.token)}`, parser.token, help);
}

function refuseRest(parser: Parser): void {
  const { kind, text } = parser.token;
  const isElse = kind === 'name' && (text === 'if' || text === 'else');
  const help = isKeyword(parser, 'not') ? 'absence is written `not (a in b)`' : undefined;
  expected(parser, 'an operator or the end', isElse ? noConditional : help);
}

function shown(token: Token): string {
  if (token.kind === 'end') return 'the end';
  if (token.kind === 'string') return 'a string';
  if (token.value !== undefined) return 'a number';
  // Long names are cut: a message is one sentence.
  return `\`${shorten(token.text)}\``;
}
