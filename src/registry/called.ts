// The calls of a registered workflow → what is wrong with them, as far as the packs that are registered tell. Pure.
import type { CallFacts } from '../model/calls.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { PackPath } from '../model/pack.ts';
import { type Callable, callableOf, callsOf, judgeCalls, locateCalls } from './calls.ts';
import { inFile } from './facts.ts';

/** Warnings at their places in the text that is served. */
export function judgeRegistered(facts: CallFacts): readonly Diagnostic[] {
  const known = new Map<string, ReadonlyMap<string, Callable | undefined>>();
  for (const { ref, offers } of facts.packs) {
    const names = offers.map(({ ref: offered, param_schema, registered }) => {
      const callable = registered ? callableOf(param_schema) : undefined;
      return [offered.slice(ref.length + 1), callable] as const;
    });
    known.set(ref, new Map(names));
  }
  const findings = judgeCalls(callsOf(facts.definition), known);
  if (findings.length === 0) return [];
  // A definition that was written through the API has no file.
  const path = facts.source_path ?? facts.ref;
  return inFile(path as string as PackPath, locateCalls(facts.source_text, findings));
}
