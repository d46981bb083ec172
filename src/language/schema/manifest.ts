// The JSON Schema of pack.yaml: validated against, and printed for editors.
import type { JsonObject } from '../../model/pack.ts';

const strings = (title: string, description: string): JsonObject => ({
  title,
  description,
  type: 'array',
  // Longer ones fit no index, and no screen.
  items: { type: 'string', maxLength: 255 },
  default: [],
});
const mapping = (title: string, description: string): JsonObject => ({
  title,
  description,
  type: 'object',
  default: {},
});
const ignored = (title: string): JsonObject => ({
  title,
  description: 'For people and other programs; not registered.',
});

const label: JsonObject = {
  title: 'Label',
  description: 'Name for people; the ref when absent.',
  type: 'string',
  maxLength: 255,
};
const confSchema = mapping(
  'Configuration schema',
  'What the pack can be configured with, in the style of `parameters`.',
);
const meta = mapping('Metadata', 'Anything more about the pack.');
const tags = strings('Tags', 'Words to find the pack by.');
const isStandard: JsonObject = {
  title: 'Standard pack',
  description: 'Part of the platform.',
  type: 'boolean',
  default: false,
};

/** The pairs of spellings that mean the same; the first of each wins. */
export const manifestSpellings: readonly (readonly [documented: string, other: string])[] = [
  ['label', 'name'],
  ['conf_schema', 'config_schema'],
  ['meta', 'metadata'],
  ['tags', 'keywords'],
  ['is_standard', 'system'],
];

/** Draft 2020-12. `ref` and `version` have rules of their own (`PACK_REF`, `PACK_VERSION`) that say more. */
export const manifestSchema: JsonObject = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Pack',
  description: 'A pack manifest: `pack.yaml`.',
  type: 'object',
  additionalProperties: false,
  required: ['ref', 'version'],
  properties: {
    ref: {
      title: 'Ref',
      description: 'Name of the pack; the first part of the ref of everything in it.',
      type: 'string',
      maxLength: 64,
      pattern: '^[a-z][a-z0-9_-]+$',
    },
    version: {
      title: 'Version',
      description: 'Semantic version, a string: MAJOR.MINOR.PATCH.',
      type: 'string',
    },
    label,
    name: label,
    description: { title: 'Description', description: 'What the pack is for.', type: 'string' },
    conf_schema: confSchema,
    config_schema: confSchema,
    config: mapping('Configuration', 'Values for the configuration schema.'),
    meta,
    metadata: meta,
    tags,
    keywords: tags,
    runtime_deps: strings('Runtimes', 'Runtimes the pack needs.'),
    dependencies: strings('Dependencies', 'Refs of packs the pack needs.'),
    is_standard: isStandard,
    system: isStandard,
    python: ignored('Python version'),
    nodejs: ignored('Node.js version'),
    testing: ignored('Tests'),
    author: ignored('Author'),
    email: ignored('E-mail'),
    enabled: ignored('Enabled'),
    license: ignored('Licence'),
    homepage: ignored('Home page'),
    repository: ignored('Repository'),
  },
};
