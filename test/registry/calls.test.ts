// Calls beside what there is to call: what is said, where, and of what nothing is said.
import { describe, expect, it } from 'vitest';
import type { WorkflowFile } from '../../src/model/file.ts';
import type { Json } from '../../src/model/pack.ts';
import { type Callable, callableOf, callsOf, judgeCalls, locateCalls } from '../../src/registry/calls.ts';
import { check, workflow } from '../language/support.ts';

const known = (packs: Readonly<Record<string, Readonly<Record<string, Json | undefined>>>>) =>
  new Map(
    Object.entries(packs).map(([pack, schemas]): [string, Map<string, Callable | undefined>] => [
      pack,
      new Map(Object.entries(schemas).map(([name, schema]) => [name, callableOf(schema ?? null)])),
    ]),
  );

const ops = known({
  ops: {
    echo: { text: { type: 'string', required: true }, times: { type: 'integer' } },
    send: {
      type: 'object',
      required: ['to', 'how'],
      properties: { to: {}, how: { default: 'mail' }, cc: {} },
    },
    open: { type: 'object', required: ['to'], properties: { to: {} }, additionalProperties: true },
    plain: null,
    none: {},
    paused: { text: { required: true, default: '-' } },
    broken: undefined,
  },
  empty: {},
});

/** `CODE line:column` of what is found in a workflow of these tasks. */
function found(...tasks: readonly string[]): string[] {
  const text = workflow(...tasks);
  const file = check(text).file as WorkflowFile;
  return locateCalls(text, judgeCalls(callsOf(file.graph), ops)).map(
    ({ code, line, column, end_line, end_column, severity }) =>
      `${code}${severity === 'warning' ? '' : '!'} ${line}:${column}${end_line === line ? `-${end_column}` : ''}`,
  );
}
const call = (action: string, input: string): string => `{ name: a, action: ${action}, input: { ${input} } }`;

describe('a call', () => {
  it.each<readonly [what: string, task: string, ...marks: string[]]>([
    ['as it is asked for', call('ops.echo', 'text: hi')],
    ['with everything', call('ops.echo', 'text: hi, times: "{{ parameters.n }}"')],
    ['with null for a value', call('ops.echo', 'text: null')],
    ['of an action that is not there', call('ops.ehco', 'text: hi'), 'CALL_UNKNOWN_ACTION 3:24-32'],
    ['into an empty pack', call('empty.echo', ''), 'CALL_UNKNOWN_ACTION 3:24-34'],
    ['without a parameter', call('ops.echo', 'times: 1'), 'CALL_MISSING_PARAMETER 3:41'],
    ['without any input', '{ name: a, action: ops.echo }', 'CALL_MISSING_PARAMETER 3:5'],
    ['with an unknown parameter', call('ops.echo', 'text: hi, txet: 1'), 'CALL_UNKNOWN_PARAMETER 3:53-57'],
    [
      'with one mistyped',
      call('ops.echo', 'txet: hi'),
      'CALL_MISSING_PARAMETER 3:41',
      'CALL_UNKNOWN_PARAMETER 3:43-47',
    ],
    ['by a JSON Schema', call('ops.send', 'to: me')],
    ['by a JSON Schema, wrongly', call('ops.send', 'cc: me'), 'CALL_MISSING_PARAMETER 3:41'],
    ['with what an open schema lets in', call('ops.open', 'to: me, more: 1')],
    ['without what an open schema asks for', call('ops.open', 'more: 1'), 'CALL_MISSING_PARAMETER 3:41'],
    ['of what declares nothing', call('ops.plain', 'x: 1')],
    ['of what declares that it takes nothing', call('ops.none', 'x: 1'), 'CALL_UNKNOWN_PARAMETER 3:43-44'],
    ['without what has a default', call('ops.paused', '')],
    ['of what is broken', call('ops.broken', 'x: 1')],
    ['into a pack that is not known', call('core.ehco', 'x: 1')],
    ['by a ref of three parts', call('ops.ehco.x', 'x: 1')],
    ['by a template', call('"{{ parameters.ref }}.x"', 'x: 1')],
    ['by the name of a key of objects', call('ops.toString', ''), 'CALL_UNKNOWN_ACTION 3:24-36'],
  ])('%s', (_what, task, ...marks) => {
    expect(found(task)).toEqual(marks);
  });

  it('is looked at in every task, at every depth', () => {
    expect(
      found(
        '{ name: a, action: ops.x }',
        '{ name: p, type: parallel, tasks: [ { name: b, action: ops.y }, { name: q, type: parallel, tasks: [ { name: c, type: workflow, action: ops.z } ] } ] }',
      ),
    ).toEqual([
      'CALL_UNKNOWN_ACTION 3:24-29',
      'CALL_UNKNOWN_ACTION 4:60-65',
      'CALL_UNKNOWN_ACTION 4:140-145',
    ]);
  });

  it('is told with what was most likely meant', () => {
    const words = (task: string) => {
      const file = check(workflow(task)).file as WorkflowFile;
      return judgeCalls(callsOf(file.graph), ops).map(({ message, help }) => `${message}; ${help}`);
    };
    expect(words(call('ops.ehco', ''))).toEqual([
      'the pack ops has neither an action nor a workflow `ops.ehco`; did you mean `ops.echo`?',
    ]);
    expect(words(call('ops.nothing_alike', ''))[0]).toContain('; correct the ref, or add what it names');
    expect(words(call('ops.echo', 'txet: 1'))).toEqual([
      '`ops.echo` needs `text`, which this task does not give; add it to `input`',
      '`ops.echo` has no parameter `txet`; did you mean `text`?',
    ]);
    expect(words(call('ops.echo', 'text: 1, other: 1'))).toEqual([
      '`ops.echo` has no parameter `other`; its parameters are: text, times',
    ]);
    expect(words(call('ops.none', 'x: 1'))).toEqual([
      '`ops.none` has no parameter `x`; it takes none: remove it',
    ]);
  });

  it('has no more findings than a file may have', () => {
    const many = Array.from({ length: 150 }, (_, index) => `{ name: t${index}, action: ops.x${index} }`);
    expect(found(...many)).toHaveLength(100);
  });
});
