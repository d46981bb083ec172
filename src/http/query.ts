// A query string's keys and values → typed values, or one refusal that names every mistake in it. Pure.
import type { PageRequest } from '../model/catalog.ts';
import { ProblemError } from './problem.ts';

/** Reads one key at a time; a key that was never asked for is unknown. */
export type QueryReader = {
  /** Text of 1 to `maxLength` characters, given at most once. */
  text(key: string, maxLength?: number): string | undefined;
  /** Texts, as often as the key is given. */
  texts(key: string): readonly string[];
  /** Texts separated by commas, the key given once or more. */
  list(key: string): readonly string[];
  choice<T extends string>(key: string, allowed: readonly T[]): T | undefined;
  /** Some of the allowed words, separated by commas; without the key the fallback. */
  choices<T extends string>(key: string, allowed: readonly T[], fallback: readonly T[]): readonly T[];
  /** A whole number within these bounds. */
  number(key: string, min: number, max: number): number | undefined;
  /** Adds a mistake that only the caller can see. */
  complain(key: string, message: string): void;
  /** `page` from 1 and `page_size` of at most 100, default 50. */
  page(): PageRequest;
  /** Throws `invalid_query` with every mistake found, unknown keys among them. Call it last. */
  finish(): void;
};

/** At most this many values of one key. */
const maxValues = 50;
const maxPage = 1_000_000_000;

export function readQuery(query: unknown): QueryReader {
  const given = new Map<string, readonly unknown[]>();
  for (const [key, value] of Object.entries(typeof query === 'object' && query !== null ? query : {})) {
    given.set(key, Array.isArray(value) ? value : [value]);
  }
  const asked = new Set<string>();
  const errors: { key: string; message: string }[] = [];
  const complain = (key: string, message: string): undefined => {
    errors.push({ key, message });
  };

  const texts = (key: string, maxLength = 255): readonly string[] => {
    asked.add(key);
    const values = given.get(key) ?? [];
    const good = values.filter((value) => isText(value, maxLength));
    if (good.length < values.length)
      complain(key, `expected 1 to ${maxLength} characters without control characters`);
    if (good.length > maxValues) complain(key, `expected at most ${maxValues} values`);
    return good;
  };
  const text = (key: string, maxLength = 255): string | undefined => {
    const values = texts(key, maxLength);
    if (values.length > 1) complain(key, 'expected once');
    return values[0];
  };
  const list = (key: string): readonly string[] => {
    const words = texts(key, 4096).flatMap((value) => value.split(','));
    const good = words.filter((word) => word !== '');
    if (good.length < words.length) complain(key, 'expected values separated by commas, none empty');
    if (words.length > maxValues) complain(key, `expected at most ${maxValues} values`);
    return good;
  };
  const oneOf = <T extends string>(key: string, word: string, allowed: readonly T[]): T | undefined =>
    allowed.find((one) => one === word) ??
    complain(key, `expected ${allowed.join(', ')}, not ${JSON.stringify(word)}`);
  const whole = (key: string, min: number, max: number): number | undefined => {
    const value = text(key);
    if (value === undefined) return undefined;
    const number = /^\d{1,15}$/.test(value) ? Number(value) : -1;
    if (number < min || number > max) complain(key, `expected a whole number from ${min} to ${max}`);
    return number;
  };

  return {
    text,
    texts: (key) => texts(key),
    list,
    choice: (key, allowed) => {
      const word = text(key);
      return word === undefined ? undefined : oneOf(key, word, allowed);
    },
    choices: (key, allowed, fallback) => {
      const words = list(key).flatMap((word) => oneOf(key, word, allowed) ?? []);
      return words.length === 0 ? fallback : [...new Set(words)];
    },
    number: whole,
    complain,
    page: () => ({ page: whole('page', 1, maxPage) ?? 1, pageSize: whole('page_size', 1, 100) ?? 50 }),
    finish: () => {
      for (const key of given.keys()) {
        if (!asked.has(key)) complain(key, `unknown; known are ${[...asked].join(', ') || 'none'}`);
      }
      if (errors.length === 0) return;
      const detail = errors.map(({ key, message }) => `${JSON.stringify(key)}: ${message}`).join('; ');
      throw new ProblemError('invalid_query', detail.slice(0, 2000), {
        extra: { errors: errors.slice(0, 50) },
      });
    },
  };
}

function isText(value: unknown, maxLength: number): value is string {
  return typeof value === 'string' && value !== '' && value.length <= maxLength && !/\p{Cc}/u.test(value);
}
