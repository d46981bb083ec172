// The single characters of a pattern: what `.`, `\d`, `[a-z]` and `\p{L}` stand for, as tests on code points.

/** Which code points are meant, and what asking costs: 1 is a comparison of two numbers. */
export type Class = { readonly has: (point: number) => boolean; readonly weight: number };

/** A property is asked of one code point alone, so that nothing can backtrack. */
function ofProperty(property: RegExp, ascii?: (point: number) => boolean): Class {
  return {
    has: (point) =>
      ascii !== undefined && point < 128 ? ascii(point) : property.test(String.fromCodePoint(point)),
    weight: 8,
  };
}

const isDigit = (point: number): boolean => point >= 48 && point <= 57;
const isLetter = (point: number): boolean => (point >= 97 && point <= 122) || (point >= 65 && point <= 90);
const digit = ofProperty(/^\p{Nd}$/u, isDigit);
const space = ofProperty(/^\p{White_Space}$/u, (point) => point === 32 || (point >= 9 && point <= 13));

/** Letters, digits, marks and what joins words. */
export const word = ofProperty(
  /^[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]$/u,
  (point) => isLetter(point) || isDigit(point) || point === 95,
);

export function not({ has, weight }: Class): Class {
  return { has: (point) => !has(point), weight };
}

export function between(first: number, last: number): Class {
  return { has: (point) => point >= first && point <= last, weight: 1 };
}

export function anyOf(classes: readonly Class[]): Class {
  return {
    has: (point) => classes.some(({ has }) => has(point)),
    weight: classes.reduce((sum, { weight }) => sum + weight, 0),
  };
}

/** The same without regard to case. */
export function foldCase({ has, weight }: Class): Class {
  return {
    has: (point) => {
      if (has(point)) return true;
      const text = String.fromCodePoint(point);
      return has(text.toLowerCase().codePointAt(0) ?? 0) || has(text.toUpperCase().codePointAt(0) ?? 0);
    },
    weight: 3 * weight + 8,
  };
}

const lettered: Readonly<Record<string, Class>> = {
  d: digit,
  D: not(digit),
  w: word,
  W: not(word),
  s: space,
  S: not(space),
};

/** `\d` and its like by their letter. */
export function classOf(letter: string): Class | undefined {
  return Object.hasOwn(lettered, letter) ? lettered[letter] : undefined;
}

/** `\p{name}`; undefined when there is no such property. */
export function propertyOf(name: string): Class | undefined {
  if (!/^[A-Za-z_]{1,40}(=[A-Za-z_]{1,40})?$/.test(name)) return undefined;
  try {
    return ofProperty(new RegExp(`^\\p{${name}}$`, 'u'));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
