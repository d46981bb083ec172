// A value that may hold templates, in its setting → what it comes to, as a value and as what is shown of it.
import type { DocumentPath } from '../../model/diagnostic.ts';
import type { Json } from '../../model/pack.ts';
import type { Failed, Rendered, RenderedCondition, RenderedEntry } from '../../model/render.ts';
import { conditionText } from '../condition.ts';
import { evaluateWhen, renderTemplate } from '../expression/render.ts';
import type { Scope } from '../expression/scope.ts';
import { fromJson, makeObject, toJson, type Value, weigh } from '../expression/value.ts';
import { isMap } from '../raw.ts';
import { fail } from './failing.ts';
import { pay, type Run, type Setting, scopeOf } from './run.ts';
import { explainWhen, isMistakenText } from './why.ts';

/** `value` is undefined where something in it fails or is not known. */
export type Outcome = { readonly value: Value | undefined; readonly rendered: Rendered };

export type Place = { readonly run: Run; readonly setting: Setting; readonly scope: Scope };

/** One scope for everything that is read at the same moment. */
export function placeOf(run: Run, setting: Setting): Place {
  return { run, setting, scope: scopeOf(run, setting) };
}

/** Every string of the value is a template; `at` is where it stands in the document. */
export function renderValue(json: Json, at: DocumentPath, place: Place): Outcome {
  pay(place.run, typeof json === 'string' ? json.length : 0);
  if (typeof json === 'string') return renderText(json, at, place);
  if (Array.isArray(json)) {
    const items = json.map((item, index) => renderValue(item, [...at, index], place));
    const values = items.map(({ value }) => value);
    if (values.every((value) => value !== undefined)) return known(values);
    return { value: undefined, rendered: { kind: 'list', items: items.map(({ rendered }) => rendered) } };
  }
  if (!isMap(json)) return known(fromJson(json));
  const entries = Object.entries(json as Readonly<Record<string, Json>>).map(([key, item]) => ({
    key,
    ...renderValue(item, [...at, key], place),
  }));
  const values = entries.flatMap(({ key, value }) => (value === undefined ? [] : [[key, value] as const]));
  // Shown in the order of the file, which the value itself does not keep.
  const rendered = mapOf(entries.map(({ key, rendered }) => ({ key, value: rendered })));
  return { value: values.length === entries.length ? makeObject(values) : undefined, rendered };
}

/** A map whose entries all have values is one value. */
export function mapOf(entries: readonly RenderedEntry[]): Rendered {
  const pairs = entries.flatMap(({ key, value }) => (value.kind === 'value' ? [[key, value.value]] : []));
  return pairs.length === entries.length
    ? { kind: 'value', value: Object.fromEntries(pairs) as Json }
    : { kind: 'map', entries };
}

export function known(value: Value): Outcome {
  return { value, rendered: { kind: 'value', value: toJson(value) } };
}

function renderText(text: string, at: DocumentPath, { run, setting, scope }: Place): Outcome {
  if (!text.includes('{{')) return known(text);
  const spot = { text, at };
  const outcome = renderTemplate(run.templates.get(text), scope, run.limits);
  if ('value' in outcome) {
    pay(run, weigh(outcome.value, run.meter));
    return known(outcome.value);
  }
  return { value: undefined, rendered: fail(run, spot, outcome.error, setting) };
}

export type Condition = RenderedCondition & { readonly failure: Failed | undefined };

/** Whether a `when` holds, and why; without one it does. */
export function renderCondition(text: string, at: DocumentPath, { run, setting, scope }: Place): Condition {
  const spot = { text, at };
  const { limits, templates } = run;
  const outcome = evaluateWhen(text, scope, { limits, parse: (template) => templates.get(template) });
  if ('error' in outcome) {
    const failed = fail(run, spot, outcome.error, setting);
    const words = failed.kind === 'failed' ? `it fails: ${failed.finding.message}` : failed.why;
    const holds = failed.kind === 'failed' ? failed : false;
    return { holds, why: `${conditionText(text)} → ${words}`, failure: undefined };
  }
  const why = explainWhen(text, scope, outcome);
  const mistake = isMistakenText(text, outcome) ? outcome.failure : undefined;
  const failure = mistake && fail(run, spot, mistake, setting);
  return { holds: outcome.value, why, failure: failure?.kind === 'failed' ? failure : undefined };
}
