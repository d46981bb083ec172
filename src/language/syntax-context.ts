// What stands around the place at which the parser gave up on a line: it says the same of a dozen different mistakes.

type Words = { readonly message: string; readonly help: string };

const quoted = 'quote the whole value';
const indicators = new Map<string, Words>([
  ...['@', '`', '%', ',', ']', '}'].map((sign) => {
    const message = `a value cannot begin with \`${sign}\``;
    return [
      sign,
      { message: sign === '`' ? 'a value cannot begin with a backtick' : message, help: quoted },
    ] as const;
  }),
  [
    '-',
    {
      message: 'a list cannot begin on the line of its key',
      help: 'put every "- " on a line of its own, below the key',
    },
  ],
]);

/**
 * Words for a line that does not fit at `offset` (`isMisfit`), or for a line that should be indented deeper; undefined
 * where the line itself is what is wrong.
 */
export function misfitAt(text: string, offset: number, isMisfit: boolean): Words | undefined {
  const lineStart = Math.max(text.lastIndexOf('\n', offset - 1), text.lastIndexOf('\r', offset - 1)) + 1;
  const before = text.slice(lineStart, offset);
  const at = text[offset] ?? '';
  if (!isMisfit) return isBehindTab(before, at) ?? (before.trim() === '' ? bracketBelowKey(at) : undefined);
  const kept = before.trimEnd();
  if (/(?:^|[^:]):$/.test(kept) && before !== kept) return indicators.get(at);
  if (/["']$/.test(kept)) return behindQuote;
  if (/[\]}]$/.test(kept) && at !== ':') return behindBracket;
  return at === ':' && kept.includes(':') ? secondColon : undefined;
}

const behindQuote: Words = {
  message: 'text stands behind the closing quote',
  help: 'quote the whole value; inside of \'…\' a quote is written twice, inside of "…" as \\"',
};
const behindBracket: Words = {
  message: 'text stands behind the closing bracket',
  help: 'quote the whole value; a template at the start of a value must be quoted: "{{ … }}"',
};
const secondColon: Words = {
  message: 'a second ": " in one line',
  help: 'quote a value that contains ": "; put a nested key on a line of its own',
};

function isBehindTab(before: string, at: string): Words | undefined {
  if (!/[-?:,[{][ ]*\t[ \t]*[[{]?$/.test(before) || !/\S/.test(at)) return undefined;
  return {
    message: 'a tab stands before a bracket, where the parser takes blanks only',
    help: 'write a blank instead',
  };
}

function bracketBelowKey(at: string): Words | undefined {
  if (at !== ']' && at !== '}') return undefined;
  const message = 'this bracket must be indented deeper than the key of its collection';
  return { message, help: 'indent it by a blank, or put it at the end of the line above' };
}
