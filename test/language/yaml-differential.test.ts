// Made-up YAML read by our parser, by js-yaml and by yaml; 100,000 documents in test/long/yaml-differential.mjs.
import { describe, expect, it } from 'vitest';
import { parseDocument } from '../../src/language/parse.ts';
import { compareAll, compareReadings } from '../support/yaml-differences.mjs';

describe('parseDocument', () => {
  it('reads what yaml reads, or the difference is known by name', () => {
    const { counts, unexplained } = compareAll(parseDocument, 1_500, 7);
    expect(unexplained).toEqual([]);
    expect(counts.get('equal')).toBeGreaterThan(500);
  });

  it('would be found to read another value', () => {
    const text = 'a: 012\n';
    expect(compareReadings(text, parseDocument(text))).toBe('equal');
    expect(compareReadings(text, { ...parseDocument(text), value: { a: 10 } })).toMatch(/^unexplained/);
    const merged = '<<: { a: 1 }\n';
    expect(compareReadings(merged, parseDocument(merged))).toBe('refused here: YAML_MERGE_KEY');
    expect(compareReadings(merged, { ...parseDocument(merged), problems: [] })).toMatch(/^unexplained/);
  });
});
