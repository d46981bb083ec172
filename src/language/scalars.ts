// Plain scalars of YAML's core schema (1.2): the text of a scalar in, its value out. Pure.

/** The text is a number that no double can hold: `.inf`, `.nan`, `1e400`. */
export const notFinite = Symbol('notFinite');
/** The text is an integer beyond ±(2^53 - 1): it would silently become another number. */
export const unsafeInteger = Symbol('unsafeInteger');

export type PlainScalar = string | number | boolean | null | typeof notFinite | typeof unsafeInteger;

const integerForm = /^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$/;
const floatForm = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const specialFloatForm = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;

/** The value of an unquoted scalar. `yes`, `on`, `1_000`, `12:30` and dates are strings; `017` is 17. */
export function resolvePlain(text: string): PlainScalar {
  switch (text) {
    case '':
    case '~':
    case 'null':
    case 'Null':
    case 'NULL':
      return null;
    case 'true':
    case 'True':
    case 'TRUE':
      return true;
    case 'false':
    case 'False':
    case 'FALSE':
      return false;
    default:
      return canStartNumber(text.charCodeAt(0)) ? resolveNumber(text) : text;
  }
}

/** Digits, `+`, `-` and `.`: most scalars are words, and are told apart here without a regular expression. */
function canStartNumber(code: number): boolean {
  return (code >= 48 && code <= 57) || code === 43 || code === 45 || code === 46;
}

function resolveNumber(text: string): PlainScalar {
  if (integerForm.test(text)) {
    // Number() reads `0o17` and `0x1f` as YAML does, and `017` as 17.
    const value = Number(text);
    return Number.isSafeInteger(value) ? value + 0 : unsafeInteger;
  }
  if (floatForm.test(text)) {
    const value = Number(text);
    // JSON has no negative zero: adding 0 drops the sign.
    return Number.isFinite(value) ? value + 0 : notFinite;
  }
  return specialFloatForm.test(text) ? notFinite : text;
}

/** The value of a scalar with one of the core tags (`str`, `int`, `float`, `bool`, `null`); undefined: does not fit. */
export function resolveTagged(tag: string, text: string): PlainScalar | undefined {
  if (tag === 'str') return text;
  const value = resolvePlain(text);
  if (typeof value === 'symbol') return tag === 'float' || isInteger(tag, text) ? value : undefined;
  if (tag === 'null') return value === null ? value : undefined;
  if (tag === 'bool') return typeof value === 'boolean' ? value : undefined;
  if (tag === 'int') return isInteger(tag, text) ? value : undefined;
  return tag === 'float' && typeof value === 'number' ? value : undefined;
}

/** An integer is one by its form: `1e3` and `1.0` are floats. */
function isInteger(tag: string, text: string): boolean {
  return tag === 'int' && integerForm.test(text);
}
