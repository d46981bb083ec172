// Words for what the YAML parser refuses: its terse reason in, a problem with advice out.
import type { DiagnosticCode } from '../model/diagnostic.ts';
import { maxDepth } from './events.ts';
import type { Problem } from './problem.ts';
import { findCause, tabMessage } from './syntax-cause.ts';
import { misfitAt } from './syntax-context.ts';

type Wording = {
  readonly has: string;
  readonly code?: DiagnosticCode;
  readonly message: string;
  readonly help: string;
};

const wordings: readonly Wording[] = [
  {
    has: 'nesting exceeded',
    code: 'YAML_DEPTH_LIMIT',
    message: `the document is nested deeper than ${maxDepth} levels`,
    help: 'flatten the structure, or move a part into another workflow',
  },
  {
    has: 'tab characters',
    message: tabMessage,
    help: 'indent with spaces',
  },
  {
    has: 'bad indentation of a mapping entry',
    message: 'this line does not fit the mapping it stands in',
    help: 'align the key with its siblings; quote a value that contains ": "',
  },
  {
    has: 'bad indentation of a sequence entry',
    message: 'this line does not fit the list it stands in',
    help: 'align every "- " of the list in one column',
  },
  {
    has: 'deficient indentation',
    message: 'a continued line must be indented deeper than the key it belongs to',
    help: 'indent the line, or close the bracket or quote before it',
  },
  {
    has: 'missed comma',
    message: 'a comma or a closing bracket is missing between two entries',
    help: 'a template at the start of a value must be quoted: "{{ … }}"',
  },
  {
    has: 'within a flow collection',
    message: 'the text ends before a bracket or a quote is closed',
    help: 'close it; a template at the start of a value must be quoted: "{{ … }}"',
  },
  {
    has: 'quoted scalar',
    message: 'a quoted string is never closed',
    help: 'add the closing quote',
  },
  {
    has: 'unknown escape sequence',
    message: 'this backslash escape is not one that YAML knows',
    help: 'write the string in single quotes, where a backslash is an ordinary character',
  },
  {
    has: 'multiline key',
    message: 'a key must end with ":" on its own line',
    help: 'add the ":"; quote a text that runs over several lines',
  },
  {
    has: "expected ':' after a mapping key",
    message: 'a ":" is missing after this key',
    help: 'write "key: value"; a list inside a mapping needs a key of its own',
  },
  {
    has: 'whitespace character is expected after the key-value separator',
    message: 'a blank is missing after the ":"',
    help: 'write "key: value"',
  },
  {
    has: "expected the node content, but found ','",
    message: 'an entry is missing before this comma',
    help: 'remove the comma, or write "" for an empty text',
  },
  {
    has: 'a line break is expected',
    message: 'the text of a block begins on the line after its `|` or `>`',
    help: 'put the text on the next line, indented; a comment needs a blank before its #',
  },
  {
    has: 'bad explicit indentation width',
    message: 'the digit behind `|` or `>` must be 1 to 9',
    help: 'remove it: the indentation is taken from the first line',
  },
  {
    has: 'alias node should not have',
    message: 'an alias (`*name`) stands for a whole value and takes no anchor and no tag',
    help: 'remove what stands before it; quote a text that begins with `*`',
  },
  {
    has: 'must contain at least one character',
    message: '`&` and `*` must be followed by the name of an anchor',
    help: 'quote a text that begins with `&` or `*`',
  },
  {
    has: 'tag suffix cannot contain',
    message: 'this is not the name of a tag',
    help: 'quote a text that begins with `!`',
  },
  {
    has: 'cannot contain such characters',
    message: 'this is not the name of a tag',
    help: 'quote a text that begins with `!`',
  },
  {
    has: 'directives end mark is expected',
    message: 'a directive must be followed by `---` and a document',
    help: 'delete the line that begins with %, or quote a text that begins with it',
  },
  {
    has: 'duplication of %YAML directive',
    message: 'the directive `%YAML` is given twice',
    help: 'delete the line',
  },
  {
    has: 'non-printable',
    message: 'the text contains a control character',
    help: 'delete it, or write it as an escape in double quotes',
  },
  {
    has: 'end of the stream or a document separator is expected',
    message: 'the document ends here, but more text follows',
    help: 'put the rest under a key, with the right indentation',
  },
];

/** The problem behind a parse failure at `offset` of `text`. */
export function syntaxProblem(text: string, reason: string, offset: number): Problem {
  const cause = findCause(text, reason, offset);
  if (cause !== undefined) return { code: 'YAML_SYNTAX', severity: 'error', ...cause };
  return inWords(reason, offset, text);
}

function inWords(reason: string, offset: number, text = ''): Problem {
  const place = { start: offset, end: offset };
  const wording = wordingAt(reason, offset, text);
  if (wording === undefined) {
    return { code: 'YAML_SYNTAX', severity: 'error', message: `this is not valid YAML: ${reason}`, place };
  }
  const { code = 'YAML_SYNTAX', message, help } = wording;
  return { code, severity: 'error', message, help, place };
}

function wordingAt(reason: string, offset: number, text: string): Omit<Wording, 'has'> | undefined {
  const isAtEnd = text !== '' && text.slice(offset).trim() === '';
  const isIndentation = reason.includes('deficient indentation');
  const isMisfit = reason.includes('bad indentation of a mapping entry');
  // At the end of a text the parser misses an indentation where an author misses a bracket or a quote.
  const said = isAtEnd && isIndentation ? 'within a flow collection' : reason;
  const context = (isIndentation && !isAtEnd) || isMisfit ? misfitAt(text, offset, isMisfit) : undefined;
  return context ?? wordings.find(({ has }) => said.includes(has));
}

/** The problem of a collection, or of what an alias stands for, nested too deep at `offset`. */
export function depthProblem(offset: number): Problem {
  return inWords('nesting exceeded', offset);
}
