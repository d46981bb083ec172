import { describe, expect, it } from 'vitest';
import { check, marks } from './support.ts';

describe('checkFile on manifests', () => {
  it('reads the documented keys', () => {
    const text = [
      'ref: shop',
      'version: 1.2.3-rc.1+build.5',
      'label: Shop',
      'description: Sells',
      'conf_schema: { url: { type: string } }',
      'config: { url: null }',
      'meta: { team: ops }',
      'tags: [a, b]',
      'runtime_deps: [python]',
      'dependencies: [core]',
      'is_standard: true',
      'python: 3.11',
      'nodejs: "20"',
      'testing: { enabled: true }',
      'author: somebody',
      'email: a@example.org',
      'enabled: true',
      'license: MIT',
      'homepage: https://example.org',
      'repository: https://example.org/x',
    ].join('\n');
    const checked = check(text, 'manifest');
    expect(marks(checked)).toEqual([]);
    expect(checked.claim).toBe('shop');
    expect(checked.file).toEqual({
      role: 'manifest',
      ref: 'shop',
      version: '1.2.3-rc.1+build.5',
      label: 'Shop',
      description: 'Sells',
      confSchema: { url: { type: 'string' } },
      config: { url: null },
      meta: { team: 'ops' },
      tags: ['a', 'b'],
      runtimeDeps: ['python'],
      dependencies: ['core'],
      isStandard: true,
    });
  });

  it('reads the other spelling of each key', () => {
    const text =
      'ref: shop\nversion: 1.0.0\nname: Shop\nconfig_schema: { a: {} }\nmetadata: { b: 1 }\nkeywords: [c]\nsystem: true\n';
    expect(check(text, 'manifest')).toMatchObject({
      findings: [],
      file: { label: 'Shop', confSchema: { a: {} }, meta: { b: 1 }, tags: ['c'], isStandard: true },
    });
  });

  it('takes the documented spelling of two and warns at the other', () => {
    const text =
      'ref: shop\nversion: 1.0.0\nname: A\nlabel: B\nkeywords: [x]\ntags: [y]\nmetadata: { x: 1 }\nmeta:\n';
    const checked = check(text, 'manifest');
    expect(marks(checked)).toEqual(['PACK_TWO_SPELLINGS? 3:1', 'PACK_TWO_SPELLINGS? 5:1']);
    expect(checked.file).toMatchObject({ label: 'B', tags: ['y'], meta: { x: 1 } });
  });

  it.each([
    ['nothing but a label', 'label: x\n', ['PACK_REF 1:1', 'PACK_VERSION 1:1']],
    ['a ref with capitals', 'ref: Shop\nversion: 1.0.0\n', ['PACK_REF 1:6']],
    ['a ref of one letter', 'ref: s\nversion: 1.0.0\n', ['PACK_REF 1:6']],
    ['a ref with a dot', 'ref: a.b\nversion: 1.0.0\n', ['PACK_REF 1:6']],
    ['a long ref', `ref: ${'a'.repeat(65)}\nversion: 1.0.0\n`, ['PACK_REF 1:6']],
    ['a ref that is a number', 'ref: 12\nversion: 1.0.0\n', ['PACK_REF 1:6']],
    ['a version of two parts', 'ref: shop\nversion: "1.0"\n', ['PACK_VERSION 2:10']],
    ['a version that is a number', 'ref: shop\nversion: 1.0\n', ['PACK_VERSION 2:10']],
    ['a version with a v', 'ref: shop\nversion: v1.0.0\n', ['PACK_VERSION 2:10']],
    ['a version with leading zeros', 'ref: shop\nversion: 1.02.0\n', ['PACK_VERSION 2:10']],
    ['tags as a text', 'ref: shop\nversion: 1.0.0\ntags: a\n', ['SCHEMA_TYPE 3:7']],
    ['a number among keywords', 'ref: shop\nversion: 1.0.0\nkeywords: [1]\n', ['SCHEMA_TYPE 3:12']],
    ['a config that is a list', 'ref: shop\nversion: 1.0.0\nconfig: []\n', ['SCHEMA_TYPE 3:9']],
    ['nothing', '# later\n', ['READ_EMPTY 1:1']],
  ])('refuses %s', (_what, text, expected) => {
    const checked = check(text, 'manifest');
    expect(marks(checked)).toEqual(expected);
    expect(checked.file).toBeUndefined();
  });

  it('accepts the longest ref and warns of unknown keys', () => {
    expect(marks(check(`ref: ${'a'.repeat(64)}\nversion: 0.0.1\n`, 'manifest'))).toEqual([]);
    const [finding] = check('ref: shop\nversion: 1.0.0\ndependecies: []\n', 'manifest').findings;
    expect(finding).toMatchObject({
      code: 'SCHEMA_UNKNOWN_KEY',
      severity: 'warning',
      help: 'did you mean `dependencies`?',
    });
  });

  it('tells how to write a version that YAML reads as a number', () => {
    expect(check('ref: shop\nversion: 1.0\n', 'manifest').findings[0]?.help).toBe(
      'quote it and give three parts: "1.0.0"',
    );
    expect(check('ref: shop\nversion: 2.5\n', 'manifest').findings[0]?.help).toBe(
      'quote it and give three parts: "2.5.0"',
    );
  });
});

describe('checkFile on actions', () => {
  it('fills in the defaults', () => {
    expect(check('ref: web.get\n', 'action')).toMatchObject({
      findings: [],
      claim: 'web.get',
      link: undefined,
    });
    expect(check('ref: web.get\n', 'action').file).toEqual({
      role: 'action',
      ref: 'web.get',
      label: undefined,
      description: undefined,
      workflowFile: undefined,
      entryPoint: '',
      runnerType: 'shell',
      parameters: null,
      output: null,
      parameterDelivery: 'stdin',
      parameterFormat: 'json',
      outputFormat: 'text',
      timeoutSeconds: undefined,
      maxRetries: 0,
      runtimeVersion: undefined,
      accessesMcp: false,
      permissionSetRefs: [],
      requiredWorkerRuntimes: {},
      workerSelector: {},
      workerTolerations: [],
      workerAffinity: {},
      tags: [],
    });
  });

  it('reads every key', () => {
    const text = [
      'label: Get',
      'entry_point: get.py',
      'runner_type: python',
      'parameters: { url: { type: string } }',
      'output: { type: object }',
      'parameter_delivery: file',
      'parameter_format: dotenv',
      'output_format: jsonl',
      'timeout_seconds: 30',
      'max_retries: 2',
      'runtime_version: ">=3.11"',
      'accesses_mcp: true',
      'default_execution_permission_set_refs: [a.b]',
      'required_worker_runtimes: { python: "3" }',
      'worker_selector: { zone: a }',
      'worker_tolerations: [ { key: x } ]',
      'worker_affinity: { zone: b }',
      'log_retention_policy: days',
      'log_retention_limit: 3',
      'artifact_retention_policy: versions',
      'artifact_retention_limit: 2',
      'tags: [x]',
      'workflow_file: workflows/get.yaml',
    ].join('\n');
    const checked = check(text, 'action');
    expect(marks(checked)).toEqual([]);
    expect(checked.link).toBe('workflows/get.yaml');
    expect(checked.file).toMatchObject({
      workflowFile: 'workflows/get.yaml',
      parameterDelivery: 'file',
      parameterFormat: 'dotenv',
      outputFormat: 'jsonl',
      timeoutSeconds: 30,
      maxRetries: 2,
      accessesMcp: true,
      permissionSetRefs: ['a.b'],
      workerTolerations: [{ key: 'x' }],
    });
  });

  it.each([
    ['an unknown word', 'parameter_format: xml\n', ['SCHEMA_ENUM 1:19']],
    ['a version that is a number', 'runtime_version: 3.11\n', ['SCHEMA_TYPE 1:18']],
    ['an empty workflow file', 'workflow_file: ""\n', ['SCHEMA_LENGTH 1:16']],
    ['a workflow file that is a list', 'workflow_file: [a]\n', ['SCHEMA_TYPE 1:16']],
    ['parameters that are neither style', 'parameters: { x: 1 }\n', ['SCHEMA_PARAMETERS 1:18']],
    ['an output that is a list', 'output: []\n', ['SCHEMA_PARAMETERS 1:9']],
    ['a retention of nothing', 'log_retention_limit: 0\n', ['SCHEMA_RANGE 1:22']],
  ])('refuses %s', (_what, text, expected) => {
    expect(marks(check(text, 'action'))).toEqual(expected);
  });

  it('does not take a claim or a link of another type', () => {
    expect(check('ref: 5\nworkflow_file: 6\n', 'action')).toMatchObject({
      claim: undefined,
      link: undefined,
    });
  });
});
