// Syntax tree → text, with as few parentheses as say the same: parsing the text gives the tree back.
import {
  type HeadNode,
  minusPrecedence,
  type Node,
  notPrecedence,
  postfixPrecedence,
  precedence,
  type SpineNode,
  spineOf,
} from './ast.ts';

/** The text of a tree, in one line unless a string holds line breaks. */
export function printExpression(node: Node): string {
  const { head, spine } = spineOf(node);
  let text = printHead(head);
  let binds = bindingOf(head);
  for (const next of spine) {
    const least = bindingOf(next);
    text = (binds < least ? `(${text})` : text) + printRest(next);
    binds = least;
  }
  return text;
}

function bindingOf(node: Node): number {
  if (node.kind === 'binary') return precedence[node.operator];
  if (node.kind === 'unary') return node.operator === 'not' ? notPrecedence : minusPrecedence;
  return postfixPrecedence;
}

/** In parentheses where the place takes only what binds at least so tightly. */
function printOperand(node: Node, least: number): string {
  const text = printExpression(node);
  return bindingOf(node) < least ? `(${text})` : text;
}

/** What follows the node that this one begins with. */
function printRest(node: SpineNode): string {
  if (node.kind === 'member') return `.${node.name}`;
  if (node.kind === 'index') return `[${printExpression(node.index)}]`;
  return ` ${node.operator} ${printOperand(node.right, precedence[node.operator] + 1)}`;
}

function printHead(node: HeadNode): string {
  switch (node.kind) {
    case 'literal':
      return printLiteral(node.value);
    case 'name':
      return node.name;
    case 'list':
      return `[${node.items.map(printExpression).join(', ')}]`;
    case 'call':
      return `${node.name}(${node.args.map(printExpression).join(', ')})`;
    case 'unary':
      return node.operator === 'not'
        ? `not ${printOperand(node.operand, notPrecedence)}`
        : `-${printOperand(node.operand, minusPrecedence)}`;
  }
}

function printLiteral(value: null | boolean | bigint | number | string): string {
  if (typeof value === 'string') return printString(value);
  if (typeof value === 'number') return printFloat(value);
  return String(value);
}

const escaped: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '"': '\\"',
  '\n': '\\n',
  '\t': '\\t',
  '\r': '\\r',
};

function printString(value: string): string {
  return `"${value.replaceAll(/[\\"\n\t\r]/g, (unit) => escaped[unit] ?? unit)}"`;
}

/** Digits, a dot and digits: the language has no exponents. */
function printFloat(value: number): string {
  const [digits = '', exponent] = String(value).split('e');
  if (exponent === undefined) return digits.includes('.') ? digits : `${digits}.0`;
  const [whole = '', part = ''] = digits.split('.');
  const shift = Number(exponent);
  if (shift < 0) return `0.${'0'.repeat(-shift - 1)}${whole}${part}`;
  return `${whole}${part.padEnd(shift, '0')}.0`;
}
