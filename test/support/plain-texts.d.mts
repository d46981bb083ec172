// Types of plain-texts.mjs, for tests in TypeScript.
import type { EventsResult, YamlEvent } from '../../src/language/events.ts';

export function comparePlain(
  plainEvents: (text: string) => readonly YamlEvent[] | undefined,
  parserEvents: (text: string) => EventsResult,
  rounds: number,
  seed: number,
): { readonly plain: number; readonly different: readonly string[] };
