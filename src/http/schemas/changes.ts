// What followers of the registry are answered.
import { type Schema, schemaRef } from '../operation.ts';

const version: Schema = {
  ...{ type: 'integer', minimum: 0, examples: [412] },
  description: 'Goes up by one with every transaction that changes something.',
};

const change: Schema = {
  type: 'object',
  description: 'What happened to one ref in one version.',
  additionalProperties: false,
  required: ['version', 'at', 'source', 'pack_ref', 'ref', 'verb', 'number'],
  properties: {
    version,
    at: {
      ...{ type: 'string', format: 'date-time', examples: ['2031-05-04T10:20:30.400Z'] },
      description: 'When its transaction began.',
    },
    source: {
      ...{ type: 'string', examples: ['root:packs'] },
      description: '`root:` and the name of a root, or `api`.',
    },
    pack_ref: { type: ['string', 'null'], examples: ['ops'], description: 'The pack it belongs to.' },
    ref: {
      ...{ type: 'string', examples: ['ops.restart'] },
      description: 'A workflow, an action, or what a refused file claims.',
    },
    verb: {
      enum: [
        ...[
          'registered',
          'updated',
          'touched',
          'moved',
          'degraded',
          'recovered',
          'retired',
          'pinned',
          'unpinned',
        ],
        ...['enabled', 'disabled', 'protected', 'unprotected', 'rejected'],
      ],
      description: '`touched`: only text or comments. `rejected`: a file that claims it was refused.',
    },
    number: {
      ...{ type: ['integer', 'null'], minimum: 1, examples: [3] },
      description:
        'Of the revision that is served afterwards; null for a plain action and for what was never served.',
    },
  },
};

const changes: Schema = {
  type: 'object',
  description: 'What came after a version: whole versions, in order.',
  additionalProperties: false,
  required: ['data', 'version', 'complete'],
  properties: {
    data: { type: 'array', items: schemaRef('Change') },
    version: { ...version, description: 'Everything up to it is told: the next `since`.' },
    complete: { type: 'boolean', description: 'False: more is there already, to be asked for at once.' },
  },
};

export const changeSchemas = { Change: change, Changes: changes };
