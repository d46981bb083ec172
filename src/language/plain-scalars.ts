// Where the scalars of a plainly written text end: the text and an offset in, an offset out. The text ends with a line feed, and holds
// neither tabs nor carriage returns. -1: not plain, or wrong.

export const lineFeed = 10;
export const blank = 32;
export const hash = 35;
export const comma = 44;
export const dash = 45;
export const openList = 91;
export const closeList = 93;
export const openMap = 123;
export const closeMap = 125;
const [doubleQuote, singleQuote, dot, colon, backslash] = [34, 39, 46, 58, 92];

export function isDoubleQuote(code: number): boolean {
  return code === doubleQuote;
}

export function isQuote(code: number): boolean {
  return code === doubleQuote || code === singleQuote;
}

/** A dash that an entry of a list begins with. */
export function isDash(text: string, at: number): boolean {
  return text.charCodeAt(at) === dash && isGap(text.charCodeAt(at + 1));
}

/** A colon that a value follows. */
export function isColon(text: string, at: number): boolean {
  return text.charCodeAt(at) === colon && isGap(text.charCodeAt(at + 1));
}

function isGap(code: number): boolean {
  return code === blank || code === lineFeed;
}

function isBracketOrComma(code: number): boolean {
  return code === comma || code === openList || code === closeList || code === openMap || code === closeMap;
}

/** The next character that is no blank. */
export function pastBlanks(text: string, start: number): number {
  let at = start;
  while (text.charCodeAt(at) === blank) at += 1;
  return at;
}

/** The end of a scalar without the blanks before it. */
export function withoutBlanks(text: string, end: number): number {
  let at = end;
  while (text.charCodeAt(at - 1) === blank) at -= 1;
  return at;
}

/** What no scalar without quotes begins with. */
const reserved = codesOf('\n !"#%&\'*,:>?@[]`{|}');
/** Escapes of one character. */
const escapes = codesOf('0abtnvfre "/\\N_LP');

/** For each of the first 128 characters whether it is one of `chars`. */
function codesOf(chars: string): readonly boolean[] {
  return Array.from({ length: 128 }, (_, code) => chars.includes(String.fromCharCode(code)));
}

/** True where a scalar without quotes begins. */
export function startsPlain(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code === dash ? !isGap(text.charCodeAt(at + 1)) : reserved[code] !== true;
}

/** The same between brackets, where a dash before one of these, or a comma, begins nothing. */
export function startsBracketPlain(text: string, at: number): boolean {
  const isLoneDash = text.charCodeAt(at) === dash && isBracketOrComma(text.charCodeAt(at + 1));
  return startsPlain(text, at) && !isLoneDash;
}

/** At the colon, the comment or the line feed that ends a scalar without quotes; blanks before it are counted in. */
export function plainEnd(text: string, start: number): number {
  for (let at = start; ; at += 1) {
    const code = text.charCodeAt(at);
    if (code > colon) continue;
    if (code === lineFeed || (code === colon && isGap(text.charCodeAt(at + 1)))) return at;
    if (code === hash && text.charCodeAt(at - 1) === blank) return at;
  }
}

/** The same between brackets, where these and commas end it, too. */
export function bracketPlainEnd(text: string, start: number): number {
  for (let at = start; ; at += 1) {
    const code = text.charCodeAt(at);
    if (code === lineFeed || isBracketOrComma(code)) return at;
    if (code === hash && text.charCodeAt(at - 1) === blank) return at;
    if (code !== colon) continue;
    const next = text.charCodeAt(at + 1);
    if (isGap(next) || isBracketOrComma(next)) return at;
  }
}

/** Behind the closing quote of a scalar that begins with its opening one. */
export function quotedEnd(text: string, start: number): number {
  const quote = text.charCodeAt(start);
  for (let at = start + 1; ; at += 1) {
    const code = text.charCodeAt(at);
    if (code === lineFeed) return -1;
    if (code === quote) {
      if (quote === doubleQuote || text.charCodeAt(at + 1) !== quote) return at + 1;
      at += 1;
    } else if (code === backslash && quote === doubleQuote) {
      at += 1;
      if (escapes[text.charCodeAt(at)] !== true) return -1;
    }
  }
}

/** True when what stands between quotes means something else than it says. */
export function hasEscapes(text: string, start: number, end: number): boolean {
  const sign = text.charCodeAt(start - 1) === doubleQuote ? backslash : singleQuote;
  for (let at = start; at < end; at += 1) if (text.charCodeAt(at) === sign) return true;
  return false;
}

/** The end of a key, quotes counted in, which a colon follows at once. */
export function keyEnd(text: string, at: number): number {
  const code = text.charCodeAt(at);
  // Dashes and dots may be the mark of a document.
  if (code === dash || code === dot) return -1;
  if (!isQuote(code) && !startsPlain(text, at)) return -1;
  const end = isQuote(code) ? quotedEnd(text, at) : plainEnd(text, at);
  return end > 0 && isColon(text, end) && (isQuote(code) || text.charCodeAt(end - 1) !== blank) ? end : -1;
}
