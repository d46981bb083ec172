// Text → events. Values and positions are both built from these, so they can never disagree about what a text says.
import { type EventsResult, parserEvents } from './events.ts';
import { plainEvents } from './plain-events.ts';

/** The events of a text. Never throws for what an author wrote: the first syntax error is the result. */
export function readEvents(text: string): EventsResult {
  const events = plainEvents(text);
  return events ? { ok: true, events } : parserEvents(text);
}
