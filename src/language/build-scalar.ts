// The value of one scalar, with everything that is wrong about it reported.
import { brief, report, type State } from './build-state.ts';
import { isPlain, type YamlScalarEvent } from './events.ts';
import type { Range } from './problem.ts';
import { notFinite, resolvePlain, resolveTagged, unsafeInteger } from './scalars.ts';

/** The value: by its tag, else a string when quoted, else what the plain text means. */
export function scalarValue(state: State, event: YamlScalarEvent, text: string, range: Range): unknown {
  let value: ReturnType<typeof resolvePlain> = text;
  if (event.tagStart >= 0) {
    const tag = coreTag(state.text.slice(event.tagStart, event.tagEnd));
    const tagged = tag === undefined ? undefined : resolveTagged(tag === '' ? 'str' : tag, text);
    if (tagged === undefined) reportTag(state, event.tagStart, event.tagEnd);
    else value = tagged;
  } else if (isPlain(event)) value = resolvePlain(text);
  if (value === notFinite) {
    const help = 'write a finite number, or quote it to keep the text';
    report(state, 'YAML_NOT_FINITE', range, `\`${brief(text)}\` is not a finite number`, help);
    // Any harmless number: what is wrong here has been said.
    return 1;
  }
  if (value === unsafeInteger) {
    const message = `the integer ${brief(text)} cannot be kept exactly (beyond 2^53)`;
    report(state, 'YAML_UNSAFE_INTEGER', range, message, 'quote it to keep every digit');
    return 1;
  }
  return value;
}

const loneSurrogate = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;

/** Refuses what an escape can bring into a string and the database cannot hold. */
export function checkString(state: State, value: string, range: Range): void {
  if (value.includes('\0')) {
    const help = 'remove the escape; the database cannot store it';
    report(state, 'YAML_NUL', range, 'the string contains a NUL character', help);
  }
  if (loneSurrogate.test(value)) {
    const help = 'write the character itself, or a complete pair of escapes';
    const message = 'the string contains half a surrogate pair';
    report(state, 'YAML_LONE_SURROGATE', range, message, help);
  }
}

/** Refuses a tag. */
export function reportTag(state: State, start: number, end: number): void {
  const tag = brief(state.text.slice(start, end));
  const message = `the tag \`${tag}\` is unknown or does not fit its value`;
  report(state, 'YAML_TAG', { start, end }, message, 'remove the tag');
}

const corePrefix = 'tag:yaml.org,2002:';
const coreTags: ReadonlySet<string> = new Set(['str', 'int', 'float', 'bool', 'null', 'map', 'seq']);

/** The short name of a tag of the core schema, empty for `!`, undefined for any other. */
export function coreTag(raw: string): string | undefined {
  if (raw === '!') return '';
  const name = raw.startsWith(`!<${corePrefix}`) ? raw.slice(corePrefix.length + 2, -1) : raw.slice(2);
  return (raw.startsWith('!!') || raw.startsWith('!<')) && coreTags.has(name) ? name : undefined;
}
