// The conformance suite: what a file means, case by case, over every point of the format's description.
import { describe, expect, it } from 'vitest';
import { run } from '../expression/support.ts';
import { placeOf, unmark } from '../marked.ts';
import { check } from '../support.ts';
import type { ConformanceCase } from './case.ts';
import { expressions } from './expressions.ts';
import { fieldsOfTasks } from './fields-task.ts';
import { fieldsOfFiles } from './fields-workflow.ts';
import { normalised } from './normalise.ts';
import { points } from './points.ts';
import { rules } from './rules.ts';
import { templates } from './templates.ts';
import { yamlPoints } from './yaml.ts';

const cases: readonly ConformanceCase[] = [
  ...fieldsOfFiles,
  ...fieldsOfTasks,
  ...rules,
  ...normalised,
  ...yamlPoints,
  ...templates,
];
const suffix = { error: '', warning: '?', info: '!' } as const;

describe('the format', () => {
  it.each(cases)('$id ($covers)', ({ text: marked, codes, json, role }) => {
    const { text, places } = unmark(marked);
    const { findings, file } = check(text, role);
    expect(
      findings.map((finding) => `${finding.code}${suffix[finding.severity]} ${placeOf(finding)}`),
    ).toEqual(codes.map((code, index) => `${code} ${places[index]}`));
    expect(places).toHaveLength(codes.length);
    // A file has a canonical form exactly when nothing in it is an error.
    expect(file !== undefined).toBe(codes.every((code) => /[?!]$/.test(code)));
    if (json !== undefined) expect(file).toMatchObject(json);
  });

  it.each(expressions)('$expression is $outcome ($covers)', ({ expression, outcome }) => {
    expect(run(expression)).toBe(outcome);
  });

  it('is covered in every point, by at least 200 cases', () => {
    expect(new Set(cases.map(({ id }) => id)).size).toBe(cases.length);
    expect(cases.length).toBeGreaterThanOrEqual(200);
    const covered = new Set([...cases, ...expressions].flatMap(({ covers }) => covers));
    expect([...covered].sort()).toEqual([...points].sort());
  });
});
