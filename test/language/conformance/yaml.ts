// What YAML allows and a definition does not, and what is left to it.
import { accept, type ConformanceCase, find, task, top } from './case.ts';

const body = 'version: 1.0.0\ntasks: [ { name: a, action: p.a } ]\n';
const levels = (count: number): string => `${'['.repeat(count)}${']'.repeat(count)}`;

export const yamlPoints: readonly ConformanceCase[] = [
  find('duplicate-key', '13.16 11.duplicate', `label: a\n«label»: b\n${body}`, 'YAML_DUPLICATE_KEY'),
  find('duplicate-quoted', '13.16', top('vars: { a: 1, «"a"»: 2 }'), 'YAML_DUPLICATE_KEY'),
  find('duplicate-in-data', '13.16', task('input: { x: { y: 1, «y»: 2 } }'), 'YAML_DUPLICATE_KEY'),
  find('two-documents', '11.documents', `${body}«---»\n${body}`, 'YAML_MULTI_DOCUMENT'),
  accept('document-marks', '11.documents', `---\n${body}...\n`),
  find('key-number', '11.keys 13.11', top('vars: { «1»: a }'), 'YAML_KEY_NOT_STRING'),
  find('key-boolean', '11.keys 13.11', task('input: { «true»: a }'), 'YAML_KEY_NOT_STRING'),
  find('key-null', '11.keys 13.11', task('input: { «~»: a }'), 'YAML_KEY_NOT_STRING'),
  find('merge', '13.11', `vars:\n  x: &x { a: 1 }\n  y:\n    «<<»: *x\n${body}`, 'YAML_MERGE_KEY'),
  find('yaml-1.1', '13.11', `«%YAML 1.1»\n---\n${body}`, 'YAML_DIRECTIVE'),
  accept('yaml-1.2', '13.11', `%YAML 1.2\n---\n${body}`),
  find('tag', '13.11', top('vars: { a: «!own» x }'), 'YAML_TAG'),
  accept('core-tags', '13.11', top('vars: { a: !!str 1, b: !!float 2 }'), {
    graph: { vars: { a: '1', b: 2 } },
  }),
  ...['__proto__', 'constructor', 'prototype'].map((key) =>
    find(`forbidden-${key}`, '13.11', task(`input: { «${key}»: 1 }`), 'YAML_FORBIDDEN_KEY'),
  ),
  ...['.inf', '-.inf', '.nan', '1e400'].map((text) =>
    find(`infinite-${text}`, '13.11', top(`vars: { a: «${text}» }`), 'YAML_NOT_FINITE'),
  ),
  find('unsafe', '13.11', top('vars: { a: «9007199254740992» }'), 'YAML_UNSAFE_INTEGER'),
  accept('safe', '13.11', top('vars: { a: 9007199254740991 }'), { graph: { vars: { a: 9007199254740991 } } }),
  find('nul', '13.11', top('vars: { a: «"\\0"» }'), 'YAML_NUL'),
  find('lone-surrogate', '13.11', top('vars: { a: «"\\ud800"» }'), 'YAML_LONE_SURROGATE'),
  accept('surrogates', '13.11', top('vars: { a: "\\ud83d\\ude00" }'), { graph: { vars: { a: '😀' } } }),
  accept('words', '11.booleans', top('vars: { a: yes, b: no, c: on, d: off }'), {
    graph: { vars: { a: 'yes', b: 'no', c: 'on', d: 'off' } },
  }),
  accept('numbers', '11.booleans', top('vars: { a: 017, b: 0o17, c: 0x1F, d: 1_000 }'), {
    graph: { vars: { a: 17, b: 15, c: 31, d: '1_000' } },
  }),
  accept('aliases', '11.aliases', top('vars: { a: &x { b: 1 }, c: *x }'), {
    graph: { vars: { a: { b: 1 }, c: { b: 1 } } },
  }),
  find('alias-of-nothing', '11.aliases', top('vars: { a: «*x» }'), 'YAML_ALIAS_UNKNOWN'),
  find('alias-of-itself', '11.aliases', top('vars: { a: &x [ «*x» ] }'), 'YAML_ALIAS_CYCLE'),
  accept('depth-64', '13.12', top(`vars: { a: ${levels(62)} }`)),
  find('depth-65', '13.12', top(`vars: { a: ${'['.repeat(62)}«»[]${']'.repeat(62)} }`), 'YAML_DEPTH_LIMIT'),
  accept('aliases-100', '13.12', top(`vars: { a: &x 1, b: [${Array(100).fill('*x')}] }`)),
  find(
    'aliases-101',
    '13.12',
    top(`vars: { a: &x 1, b: [${Array(100).fill('*x')}, «*x»] }`),
    'YAML_ALIAS_LIMIT',
  ),
  accept('null-list', '11.empty 13.16', top('tags: null\noutput_map: ~')),
  accept('null-data-kept', '11.empty', task('input: { a: }'), {
    graph: { tasks: [{ input: { a: null } }, {}] },
  }),
];
