// `%` lines before a document: text in, a problem for each that is not allowed out.
import type { Problem } from './problem.ts';

/** A text of nothing but such lines is no reason to report them all. */
const maxReported = 10;
/** Also behind blanks: the parser takes it for one there, and no value begins with `%`. */
const directive = /^[ \t]*%/;
const blankOrComment = /^[ \t]*(?:#[^\r\n]*)?$/;

/** The directives before the document. `%YAML 1.2` says what is true anyway; any other directive changes what the text means and is refused. */
export function findDirectives(text: string): Problem[] {
  const problems: Problem[] = [];
  let start = 0;
  while (start < text.length && problems.length < maxReported) {
    let end = text.indexOf('\n', start);
    if (end < 0) end = text.length;
    const line = text.slice(start, end).trimEnd();
    if (directive.test(line)) {
      if (!/^[ \t]*%YAML[ \t]+1\.2(?:[ \t]+#.*)?$/.test(line)) {
        const place = { start: start + line.indexOf('%'), end: start + line.length };
        const message = `the directive \`${line.trimStart().slice(0, 40)}\` is not allowed`;
        const help = 'delete the line; files are read as YAML 1.2 without tag prefixes';
        problems.push({ code: 'YAML_DIRECTIVE', severity: 'error', message, help, place });
      }
    } else if (!blankOrComment.test(line)) break;
    start = end + 1;
  }
  return problems;
}
