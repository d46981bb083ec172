// A valid workflow as text: the same verdict as with its tree, in the canonical form, and of an outline what calls tell.
import { expect, it } from 'vitest';
import { checkFile } from '../../src/language/check-file.ts';
import { checkAsText } from '../../src/language/check-text.ts';
import { canonicalJson } from '../../src/model/canonical.ts';
import type { Json, JsonObject } from '../../src/model/pack.ts';
import { callsOf } from '../../src/registry/calls.ts';

const text = `version: 1.0.0
parameters: {b: {type: string}, a: {type: string}}
vars: {z: 1, a: "\\u2028"}
tasks:
  - name: outer
    type: parallel
    tasks:
      - {name: in, action: ops.page, input: {z: 1, a: "{{ parameters.a }}", "10": x, "9": y}}
    on_success: last
  - {name: last, action: core.noop}
`;
const bytes = Buffer.from(text);

it('says what the tree says', () => {
  const { file: tree, ...said } = checkFile('workflow', bytes, { strict: false });
  for (const isOutline of [false, true]) {
    const { file, ...same } = checkAsText('workflow', bytes, { strict: false, isOutline });
    expect(same).toEqual(said);
    if (tree?.role !== 'workflow' || file?.role !== 'workflow') throw new Error('the file is not valid');
    expect(file.parameters).toBe(canonicalJson(tree.parameters));
    const calls = callsOf({ tasks: JSON.parse(file.graph['tasks'] ?? '') });
    expect(calls.map(({ ref }) => ref)).toEqual(['ops.page', 'core.noop']);
    // The order of names is that of the file in an outline, which is never compared.
    if (isOutline) expect(calls).toEqual(callsOf(tree.graph));
    else {
      const canonical = (graph: JsonObject) =>
        Object.entries(graph).map(([key, one]) => [key, canonicalJson(one as Json)]);
      expect(file.graph).toEqual(Object.fromEntries(canonical(tree.graph)));
    }
  }
});

it('leaves actions, manifests and what is not valid as they are', () => {
  for (const [role, content] of [
    ['action', 'ref: ops.a\nentry_point: run.sh\nparameters: {b: {type: string}}\n'],
    ['manifest', 'ref: ops\nversion: 1.0.0\n'],
    ['workflow', 'tasks: ['],
  ] as const) {
    const options = { strict: true, isOutline: true };
    expect(checkAsText(role, Buffer.from(content), options)).toEqual(
      checkFile(role, Buffer.from(content), options),
    );
  }
});

it('tells a defect of the check of the file that it shows in, with its place', () => {
  const broken = new Proxy(bytes, {
    get() {
      throw new TypeError('tripped');
    },
  });
  const { file, findings } = checkAsText('workflow', broken, { strict: false });
  expect(file).toBeUndefined();
  expect(findings).toMatchObject([{ code: 'READ_NOT_JUDGED', severity: 'error', line: 1 }]);
  expect(findings[0]?.message).toMatch(/tripped \(check-text\.test\.ts:\d+\)$/);
});
