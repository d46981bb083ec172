// Catalogue of PACK_*, REF_* and SCHEMA_*: what a pack and a definition are called, and what shape they have.
import type { DiagnosticCode } from '../model/diagnostic.ts';
import type { CatalogueEntry } from './diagnostics-entry.ts';
import { action, file, manifest, shell, task, tasks, workflow } from './diagnostics-example.ts';

type IdentityCode = Extract<DiagnosticCode, `PACK_${string}` | `REF_${string}` | `SCHEMA_${string}`>;

export const identityEntries: Readonly<Record<IdentityCode, CatalogueEntry>> = {
  SCHEMA_TYPE: {
    severity: 'error',
    title: 'Wrong type',
    meaning:
      'A value has another type than its key wants. Nothing is converted: "30" is no number, 1.0 no string.',
    example: task('timeout: "30"'),
    fix: 'Add or remove quotes, or write a list.',
  },
  SCHEMA_REQUIRED: {
    severity: 'error',
    title: 'Key missing',
    meaning: 'A key that must be there is absent, or has nothing after it.',
    example: tasks('- action: core.build'),
    fix: 'Add the key.',
  },
  SCHEMA_ENUM: {
    severity: 'error',
    title: 'Unknown word',
    meaning: 'The value is none of the words its key allows.',
    example: task('retry: { count: 3, delay: 1, backoff: expnential }'),
    fix: 'Use one of the words listed.',
  },
  SCHEMA_LENGTH: {
    severity: 'error',
    title: 'Too long or too short',
    meaning: 'A string, list or mapping has fewer or more entries than allowed.',
    example: workflow('version: 1.0.0', 'tasks: []'),
    fix: 'Keep within the bound named.',
  },
  SCHEMA_RANGE: {
    severity: 'error',
    title: 'Number out of range',
    meaning: 'A number lies outside of what its key allows.',
    example: task('timeout: -1'),
    fix: 'Keep within the bounds named.',
  },
  SCHEMA_PATTERN: {
    severity: 'error',
    title: 'Wrong form',
    meaning: 'A string does not have the form its key wants.',
    example: 'a name with blanks',
    fix: 'Follow the form named.',
  },
  SCHEMA_UNKNOWN_KEY: {
    severity: 'warning',
    title: 'Unknown key',
    meaning: 'The key means nothing here and is dropped from what is registered.',
    example: task('timeuot: 30'),
    fix: 'Correct the spelling, or remove the key.',
  },
  SCHEMA_PARAMETERS: {
    severity: 'error',
    title: 'Not a parameter schema',
    meaning:
      '`parameters` or `output` is neither the flat style (`name: { type }`) nor a JSON Schema. Of a parameter whose `required` or `secret` is neither `true` nor `false` (`yes` is a text) it is a warning.',
    example: workflow('version: 1.0.0', 'parameters:', '  target: string'),
    fix: 'Write `target: { type: string }`.',
  },
  PACK_REF: {
    severity: 'error',
    title: 'Missing or wrong pack ref',
    meaning: 'The manifest has no `ref`, or one that is not `[a-z][a-z0-9_-]+` of 64 characters at most.',
    example: manifest('ref: My Pack', 'version: 1.0.0'),
    fix: 'Use lower-case letters, digits, `_` and `-`.',
  },
  PACK_DIR: {
    severity: 'warning',
    title: 'Directory named otherwise',
    meaning: 'The directory of the pack is not called like its ref.',
    example: manifest('ref: store', 'version: 1.0.0'),
    fix: 'Rename the directory.',
  },
  PACK_NO_MANIFEST: {
    severity: 'error',
    title: 'No manifest',
    meaning: 'A directory has `workflows/` or `actions/` and no pack.yaml.',
    example: shell('mv pack.yaml manifest.yaml'),
    fix: 'Add pack.yaml with `ref` and `version`.',
  },
  PACK_TWO_MANIFESTS: {
    severity: 'error',
    title: 'Two manifests',
    meaning: 'A directory has both pack.yaml and pack.yml.',
    example: shell('cp pack.yaml pack.yml'),
    fix: 'Delete one of them.',
  },
  PACK_VERSION: {
    severity: 'error',
    title: 'Missing or wrong pack version',
    meaning: 'The manifest has no `version`, or one that is not a semantic version.',
    example: manifest('ref: shop', 'version: 1.0'),
    fix: 'Write MAJOR.MINOR.PATCH: `version: 1.0.0`.',
  },
  PACK_TWO_SPELLINGS: {
    severity: 'warning',
    title: 'One key in two spellings',
    meaning: 'The manifest gives a key under both of its names; the documented one wins.',
    example: manifest('ref: shop', 'version: 1.0.0', 'label: Shop', 'name: The shop'),
    fix: 'Remove the other one.',
  },
  REF_FORM: {
    severity: 'error',
    title: 'Ref has a wrong form',
    meaning:
      'The file name, or the ref made of it, is not `<pack>.<name>` with one dot and 255 characters at most.',
    example: file(
      'workflows/Deploy.All.yaml',
      'version: 1.0.0',
      'tasks:',
      '  - { name: build, action: core.build }',
    ),
    fix: 'Rename the file: lower-case letters, digits, `_` and `-`.',
  },
  REF_DIFFERS: {
    severity: 'error',
    title: 'Ref differs from the file name',
    meaning: 'The `ref` in the file is not the one its place and name give it.',
    example: workflow(
      'ref: shop.ship',
      'version: 1.0.0',
      'tasks:',
      '  - { name: build, action: core.build }',
    ),
    fix: 'Rename the file, or remove the `ref`.',
  },
  REF_CONFLICT: {
    severity: 'error',
    title: 'Ref claimed twice',
    meaning:
      'Two files, or a file and a definition written through the API, claim one ref. The incumbent goes on.',
    example: `${task()}\n\n${file('workflows/deploy.yml', 'version: 1.0.0', 'tasks: [ { name: build, action: core.build } ]')}`,
    fix: 'Remove or rename one of them.',
  },
  REF_LINK_MISSING: {
    severity: 'error',
    title: 'Workflow file missing',
    meaning: 'The file that `workflow_file` names does not exist in the pack.',
    example: action('workflow_file: workflows/deplyo.yaml'),
    fix: 'Correct the path; it is relative to `actions/`.',
  },
  REF_LINK_OUTSIDE_PACK: {
    severity: 'error',
    title: 'Workflow file outside of the pack',
    meaning: 'The path in `workflow_file` leads out of the pack.',
    example: action('workflow_file: ../../store/workflows/deploy.yaml'),
    fix: 'Keep the graph file inside the pack.',
  },
};
