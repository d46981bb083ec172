// The JSON Schema of pack.yaml: validated against, and printed for editors.
import type { JsonObject } from '../../model/pack.ts';

const strings = (title: string, description: string, example: string): JsonObject => ({
  title,
  description,
  type: 'array',
  // Longer ones fit no index, and no screen.
  items: { type: 'string', maxLength: 255 },
  default: [],
  examples: [[example]],
});
const mapping = (title: string, description: string, example: JsonObject): JsonObject => ({
  title,
  description,
  type: 'object',
  default: {},
  examples: [example],
});
const ignored = (title: string): JsonObject => ({
  title,
  description: 'For people and other programs; not registered.',
});
/** The same under another name, which editors do not offer. */
const otherSpelling = (of: string, property: JsonObject): JsonObject => ({
  ...property,
  description: `Another spelling of \`${of}\`; write \`${of}\`.`,
  deprecated: true,
});

const label: JsonObject = {
  title: 'Label',
  description: 'Name for people; the ref when absent.',
  type: 'string',
  maxLength: 255,
  examples: ['Web shop'],
};
const confSchema = mapping(
  'Configuration schema',
  'What whoever installs the pack can set, in the style of `parameters`. Read as `{{ config.name }}`.',
  { url: { type: 'string', required: true } },
);
const meta = mapping('Metadata', 'Anything more about the pack.', { runbook: 'README.md' });
const tags = strings('Tags', 'Words to find the pack by.', 'operations');
const isStandard: JsonObject = {
  title: 'Standard pack',
  description: 'Part of the platform.',
  type: 'boolean',
  default: false,
  examples: [false],
};

/** Longest ref of a pack, in characters. */
export const maxPackRef = 64;
/** The form of a pack's ref: lower-case letters, digits, `_` and `-`, a letter first, two characters at least. */
export const packRefPattern = '^[a-z][a-z0-9_-]+$';
/** Longest version of a pack, in characters. */
export const maxPackVersion = 50;

const number = '(?:0|[1-9][0-9]*)';
const identifier = '(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)';
/** A semantic version. */
export const packVersionPattern =
  `^${number}\\.${number}\\.${number}(?:-${identifier}(?:\\.${identifier})*)?` +
  '(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?$';

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
  $id: 'urn:packwatch:schema:pack',
  title: 'Pack',
  description: 'A pack manifest: `pack.yaml`.',
  type: 'object',
  additionalProperties: false,
  required: ['ref', 'version'],
  properties: {
    ref: {
      title: 'Ref',
      description: 'Name of the pack and of its directory; the first part of the ref of everything in it.',
      type: 'string',
      maxLength: maxPackRef,
      pattern: packRefPattern,
      examples: ['shop'],
    },
    version: {
      title: 'Version',
      description: 'Semantic version, a string: MAJOR.MINOR.PATCH.',
      type: 'string',
      maxLength: maxPackVersion,
      pattern: packVersionPattern,
      examples: ['1.0.0'],
    },
    label,
    name: otherSpelling('label', label),
    description: {
      title: 'Description',
      description: 'What the pack is for.',
      type: 'string',
      examples: ['Everything that keeps the shop open.'],
    },
    conf_schema: confSchema,
    config_schema: otherSpelling('conf_schema', confSchema),
    config: mapping('Configuration', 'Values for the configuration schema.', {
      url: 'http://127.0.0.1:8080',
    }),
    meta,
    metadata: otherSpelling('meta', meta),
    tags,
    keywords: otherSpelling('tags', tags),
    runtime_deps: strings('Runtimes', 'Runtimes the pack needs.', 'nodejs'),
    dependencies: strings('Dependencies', 'Refs of packs the pack needs.', 'core'),
    is_standard: isStandard,
    system: otherSpelling('is_standard', isStandard),
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
