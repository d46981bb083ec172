// The JSON Schema of `parameters` and `output`: the flat style (`name: { type, … }`), or a JSON Schema.
import type { JsonObject } from '../../model/pack.ts';

/** The names that JSON Schema has for types. */
export const typeNames: readonly string[] = [
  'string',
  'number',
  'integer',
  'boolean',
  'object',
  'array',
  'null',
];

/**
 * Keys that make a mapping a JSON Schema when their value is of one of these kinds: nothing of that kind describes a
 * parameter, whose value is a mapping in the flat style.
 */
export const schemaMarks: Readonly<Record<string, readonly ('string' | 'array' | 'boolean')[]>> = {
  type: ['string', 'array'],
  $schema: ['string'],
  $ref: ['string'],
  required: ['array'],
  enum: ['array'],
  allOf: ['array'],
  anyOf: ['array'],
  oneOf: ['array'],
  additionalProperties: ['boolean'],
};

const about = (title: string, description: string, rest: JsonObject = {}): JsonObject => ({
  title,
  description,
  ...rest,
});

/** Alone: the `if` that tells a JSON Schema from the flat style. */
const hasMark: JsonObject = {
  anyOf: Object.entries(schemaMarks).map(([key, kinds]) => ({
    required: [key],
    properties: { [key]: about('Mark', 'Tells a JSON Schema from the flat style.', { type: [...kinds] }) },
  })),
};

const oneType: JsonObject = { type: 'string', enum: [...typeNames] };

const jsonSchema: JsonObject = {
  properties: {
    type: about('Type', 'Type of the whole value: `object`, for named parameters.', {
      anyOf: [oneType, { type: 'array', items: oneType }],
      examples: ['object'],
    }),
    properties: about('Properties', 'A JSON Schema for each name.', { type: 'object' }),
    required: about('Required', 'Names that must be given.', { examples: [['target']] }),
    additionalProperties: about('Other names', '`false` refuses names that are not listed.', {
      examples: [false],
    }),
  },
};

/** One parameter of the flat style. Platforms have types and keys of their own: little is refused. */
const parameter: JsonObject = {
  title: 'Parameter',
  description: 'One parameter: its type, whether it must be given, its default.',
  type: 'object',
  properties: {
    type: about('Type', 'Kind of value: a type of JSON Schema, or one that the platform knows.', {
      // Two schemas, or editors write a list.
      anyOf: [{ type: ['string', 'null'] }, { type: 'array', items: oneType }],
      examples: ['string', 'integer', 'number', 'boolean', 'array', 'object'],
    }),
    required: about('Required', '`true`: callers must give it.', {
      type: ['boolean', 'array', 'null'],
      examples: [true],
    }),
    default: about('Default', 'Value when it is not given.'),
    description: about('Description', 'What it is for.', { examples: ['Where to deploy'] }),
    enum: about('Allowed values', 'A list; any other value is refused.', { examples: [['blue', 'green']] }),
    secret: about('Secret', '`true`: the value is not shown in logs.', {
      type: ['boolean', 'null'],
      examples: [true],
    }),
  },
};

/** Of the key `parameters` or `output`. */
export const parametersSchema = (title: string, description: string, example: JsonObject): JsonObject => ({
  title,
  description,
  type: 'object',
  if: hasMark,
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema; nobody awaits it.
  then: jsonSchema,
  else: { additionalProperties: parameter },
  examples: [example],
});
