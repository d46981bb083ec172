// Functions on strings. None hands an author's text to the engine's own search or patterns: see search.ts and pattern.ts.
import type { Fault } from './fault.ts';
import { defineFunction, outOfRange } from './function-rule.ts';
import type { Meter } from './limits.ts';
import { elementBytes, payFor } from './operators.ts';
import { compilePattern, matches } from './pattern.ts';
import { countPlaces, placesOf } from './search.ts';
import { isFault, toText, type Value } from './value.ts';

export const textFunctions = {
  lower: defineFunction(['string'], ([text]) => text.toLowerCase()),
  upper: defineFunction(['string'], ([text]) => text.toUpperCase()),
  trim: defineFunction(['string'], ([text]) => text.trim()),
  split: defineFunction(['string', 'string'], ([text, separator], meter) => split(text, separator, meter)),
  join: defineFunction(
    ['list', 'string'],
    ([list, separator], meter) => {
      const bytes = separator.length * Math.max(0, list.length - 1);
      return meter.allow(bytes) ?? payFor(bytes, meter) ?? list.map(toText).join(separator);
    },
    'heavy',
  ),
  replace: defineFunction(['string', 'string', 'string'], ([text, old, fresh], meter) => {
    if (old === '') return outOfRange(1, 'an empty string cannot be replaced: it stands everywhere');
    return replace(text, old, fresh, meter);
  }),
  starts_with: defineFunction(['string', 'string'], ([text, part]) => text.startsWith(part)),
  ends_with: defineFunction(['string', 'string'], ([text, part]) => text.endsWith(part)),
  match: defineFunction(['string', 'string'], ([source, text], meter) => {
    const pattern = compilePattern(source);
    return isFault<Fault>(pattern) ? pattern : matches(pattern, text, meter);
  }),
};

/** An empty separator gives the characters. */
function split(text: string, separator: string, meter: Meter): Value | Fault {
  const count = separator === '' ? text.length : countPlaces(text, separator);
  const over = payFor(count * elementBytes, meter);
  if (over !== undefined) return over;
  if (separator === '') return Array.from(text);
  const pieces: string[] = [];
  let from = 0;
  for (const place of placesOf(text, separator)) {
    pieces.push(text.slice(from, place));
    from = place + separator.length;
  }
  return [...pieces, text.slice(from)];
}

function replace(text: string, old: string, fresh: string, meter: Meter): Value | Fault {
  const count = countPlaces(text, old);
  const bytes = text.length + count * (fresh.length - old.length);
  const over = meter.allow(bytes) ?? payFor(bytes + count * elementBytes, meter);
  if (over !== undefined) return over;
  let result = '';
  let from = 0;
  for (const place of placesOf(text, old)) {
    result += text.slice(from, place) + fresh;
    from = place + old.length;
  }
  return result + text.slice(from);
}
