import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkFile } from '../../src/language/check-file.ts';
import { check, marks, workflow } from './support.ts';

const minimal = 'version: 1.0.0\ntasks:\n  - { name: a, action: p.a }\n';

describe('checkFile', () => {
  it('accepts the smallest workflow', () => {
    const checked = check(minimal);
    expect(marks(checked)).toEqual([]);
    expect(checked.file?.role).toBe('workflow');
    expect(checked.text).toBe(minimal);
    expect(checked.claim).toBeUndefined();
  });

  it('tells a template without quotes once, and a mapping where a text is wanted', () => {
    expect(marks(check(workflow('{ name: a, action: x.y, with_items: {{ item }} }')))).toEqual([
      'YAML_KEY_NOT_STRING 3:41',
    ]);
    expect(marks(check(workflow('{ name: a, action: x.y, with_items: { 1: 2 } }')))).toEqual([
      'SCHEMA_TYPE 3:41',
      'YAML_KEY_NOT_STRING 3:43',
    ]);
  });

  it('does not miss what a merge key was to bring', () => {
    const text = workflow(
      '&a { name: a, action: x.y }',
      '{ name: b, <<: *a }',
      '{ <<: [*a, { join: "1" }] }',
    );
    expect(marks(check(text))).toEqual([
      'YAML_MERGE_KEY 4:16',
      'RULE_TASK_DUPLICATE 5:5',
      'SCHEMA_TYPE 5:5',
      'YAML_MERGE_KEY 5:7',
    ]);
  });

  it('collects every problem of a terrible file, sorted by position', () => {
    const text = [
      'ref: 5',
      'version: 1.0',
      'nme: x',
      'vars: { "a b": 1 }',
      'tasks:',
      '  - name: a',
      '    actoin: core.echo',
      '    timeout: "30"',
      '    retry: { count: 200, delay: 5, max_delay: 2 }',
      '    next:',
      '      - do: b',
      '      - do: [bb]',
      '  - name: item',
      '    action: echo',
      '  - name: item',
      '    action: a.b.c',
      '    timeout: .inf',
      '    on_success: nowhere',
      'vars: {}',
      '',
    ].join('\n');
    expect(marks(check(text))).toEqual([
      'SCHEMA_TYPE 1:6',
      'SCHEMA_TYPE 2:10',
      'SCHEMA_UNKNOWN_KEY? 3:1',
      'RULE_VARS_NAME 4:9',
      'RULE_TASK_ACTION 6:5',
      'SCHEMA_UNKNOWN_KEY? 7:5',
      'SCHEMA_TYPE 8:14',
      'RULE_RETRY_RANGE 9:21',
      'RULE_RETRY_DELAY 9:47',
      'SCHEMA_TYPE 11:13',
      'RULE_TARGET_UNKNOWN 12:14',
      'RULE_TASK_RESERVED 13:11',
      'RULE_ACTION_REF 14:13',
      'RULE_TASK_DUPLICATE 15:11',
      'RULE_TASK_RESERVED 15:11',
      'RULE_ACTION_REF? 16:13',
      'YAML_NOT_FINITE 17:14',
      'RULE_TARGET_UNKNOWN 18:17',
      'YAML_DUPLICATE_KEY 19:1',
    ]);
  });

  it('says what was expected and found, with the text as written', () => {
    const [version, timeout] = check(
      'version: 1.0\ntasks: [ { name: a, action: p.a, timeout: "30" } ]\n',
    ).findings;
    expect(version?.help).toBe('quote it: "1.0"');
    expect(timeout?.message).toBe('`timeout` must be an integer number of seconds, found the string "30"');
    expect(timeout?.help).toBe('remove the quotes');
    expect(timeout).toMatchObject({ line: 2, column: 43, end_line: 2, end_column: 47 });
  });

  it('turns warnings into errors when strict', () => {
    const text = `nme: x\n${minimal}`;
    expect(check(text).file).toBeDefined();
    const strict = check(text, 'workflow', true);
    expect(strict.file).toBeUndefined();
    expect(marks(strict)).toEqual(['SCHEMA_UNKNOWN_KEY 1:1']);
  });

  it('keeps the claim and the text of an invalid file', () => {
    expect(check('ref: a.b\nversion: 1\n')).toMatchObject({
      file: undefined,
      claim: 'a.b',
      text: 'ref: a.b\nversion: 1\n',
    });
    expect(check('ref: "a.b" # mine\ntasks: [\n').claim).toBe('a.b');
    expect(check('x:\n  ref: a.b\ny: [\n').claim).toBeUndefined();
    expect(check('workflow_file: workflows/x.yaml\nref: p.x\nlabel: 1\n', 'action')).toMatchObject({
      claim: 'p.x',
      link: 'workflows/x.yaml',
    });
    expect(check('workflow_file: x.yaml\n- a\n', 'action').link).toBe('x.yaml');
  });

  it('caps the findings at 100 and keeps the errors among them', () => {
    const keys = Array.from({ length: 300 }, (_, index) => `zzzzz${index}: 1`).join('\n');
    const checked = check(`${keys}\n${workflow('{ name: a, action: echo }')}`);
    expect(checked.findings).toHaveLength(100);
    expect(checked.file).toBeUndefined();
    const errors = checked.findings.filter(({ severity }) => severity === 'error');
    expect(errors.map(({ code, line }) => `${code} ${line}`)).toEqual(['RULE_ACTION_REF 303']);
  });

  it('is a function of its arguments', () => {
    const text = workflow('{ name: a, action: p.a, next: [ { do: [x] } ] }');
    expect(check(text)).toEqual(check(text));
  });

  it('never throws and always gives positions, whatever the bytes', () => {
    const roles = fc.constantFrom('workflow' as const, 'action' as const, 'manifest' as const);
    fc.assert(
      fc.property(roles, fc.uint8Array({ maxLength: 200 }), (role, bytes) => {
        const checked = checkFile(role, bytes, { strict: false });
        for (const { line, column } of checked.findings)
          expect(Math.min(line, column)).toBeGreaterThanOrEqual(1);
      }),
      { numRuns: 2000 },
    );
  });

  it('never throws on text that looks like YAML', () => {
    const words = [
      '- ',
      '  ',
      '\n',
      ': ',
      'a',
      'name',
      'tasks',
      'next',
      'do',
      '{',
      '}',
      '[',
      ']',
      ',',
      '"',
      "'",
      '&a ',
      '*a',
    ];
    const more = [
      '!x ',
      '? ',
      '|',
      '>',
      '#',
      '---\n',
      '%YAML',
      '\t',
      '\r\n',
      '<<',
      '1',
      '.inf',
      'null',
      '\ufeff',
      'version',
      'ref',
    ];
    const text = fc
      .array(fc.constantFrom(...words, ...more), { maxLength: 60 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, (yaml) => {
        const first = check(yaml);
        expect(check(yaml)).toEqual(first);
        if (first.file === undefined) expect(first.findings.length).toBeGreaterThan(0);
      }),
      { numRuns: 5000 },
    );
  });
});
