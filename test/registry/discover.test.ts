import { describe, expect, it } from 'vitest';
import type { PackDir, PackPath } from '../../src/model/pack.ts';
import {
  isDefinitionFile,
  linkTarget,
  mayBePack,
  nameOf,
  packDirOf,
  roleOf,
} from '../../src/registry/discover.ts';

const at = (path: string) => path as PackPath;

describe('roleOf', () => {
  it.each([
    ['ops/pack.yaml', 'manifest'],
    ['ops/pack.yml', 'manifest'],
    ['ops/actions/run.yaml', 'action'],
    ['ops/actions/run.yml', 'action'],
    ['ops/workflows/deploy.yaml', 'workflow'],
    ['ops/workflows/deploy.workflow.yml', 'workflow'],
    ['ops/workflows/a\nb.yaml', 'workflow'],
    ['ops/actions/workflows/deploy.workflow.yaml', 'workflow'],
  ])('says of %s: %s', (path, role) => {
    expect(roleOf(at(path))).toBe(role);
  });

  it.each([
    'pack.yaml',
    'ops',
    'ops/pack.json',
    'ops/Pack.yaml',
    'ops/readme.yaml',
    'ops/rules/on_push.yaml',
    'ops/workflows/.deploy.yaml',
    'ops/workflows/deploy.yaml~',
    'ops/workflows/deploy.yaml.swp',
    'ops/workflows/deploy.YAML',
    'ops/workflows/.yaml',
    'ops/workflows/4913',
    'ops/workflows/#deploy.yaml#',
    'ops/workflows/deep/deploy.yaml',
    'ops/actions/workflows/deep/deploy.yaml',
    'ops/actions/pack.json',
  ])('has no role for %s', (path) => {
    expect(roleOf(at(path))).toBeUndefined();
  });
});

describe('nameOf', () => {
  it.each([
    ['ops/workflows/deploy.yaml', 'deploy'],
    ['ops/workflows/deploy.yml', 'deploy'],
    ['ops/workflows/deploy.workflow.yaml', 'deploy'],
    ['ops/actions/workflows/deploy.workflow.yml', 'deploy'],
    ['ops/workflows/a.b.yaml', 'a.b'],
    ['ops/workflows/workflow.yaml', 'workflow'],
    ['ops/workflows/x.workflow.workflow.yaml', 'x.workflow'],
  ])('takes from %s the name %s', (path, name) => {
    expect(nameOf(at(path))).toBe(name);
  });
});

describe('names below a root', () => {
  it('takes hidden directories and node_modules for no packs', () => {
    expect(['ops', 'Ops 2', '.git', '..data', 'node_modules'].map(mayBePack)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  it('tells the pack directory of a path, and of an entry of the root itself', () => {
    expect([packDirOf(at('ops/workflows/x.yaml')), packDirOf(at('ops'))]).toEqual(['ops', 'ops']);
  });

  it('takes only visible .yaml and .yml for definitions', () => {
    expect(['a.yaml', 'a.yml', '.a.yaml', 'a.yaml~', 'a.json', 'yaml'].map(isDefinitionFile)).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
  });
});

describe('linkTarget', () => {
  it.each([
    ['workflows/x.workflow.yaml', 'ops/actions/workflows/x.workflow.yaml'],
    ['./workflows//x.yaml', 'ops/actions/workflows/x.yaml'],
    ['../workflows/x.yaml', 'ops/workflows/x.yaml'],
    ['../graphs/x.yaml', 'ops/graphs/x.yaml'],
    ['workflows/../../graphs/x.yaml', 'ops/graphs/x.yaml'],
  ])('resolves %s to %s', (link, target) => {
    expect(linkTarget('ops' as PackDir, link)).toBe(target);
  });

  it.each(['../../other/workflows/x.yaml', '/etc/x.yaml', '..', '.', 'a\0b.yaml', 'a\\b.yaml', '../..'])(
    'lets %j not leave the pack',
    (link) => {
      const target = linkTarget('ops' as PackDir, link);
      expect(target === undefined || target === 'ops/actions').toBe(true);
    },
  );

  it('enters no directory that a volume keeps for itself', () => {
    expect(linkTarget('ops' as PackDir, '..data/x.yaml')).toBeUndefined();
    expect(linkTarget('ops' as PackDir, '../..2031/x.yaml')).toBeUndefined();
  });
});
