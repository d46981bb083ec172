// Refusals and findings: the problem document of RFC 9457, diagnostics, and the pagination beside lists.
import type { Schema } from '../operation.ts';
import { schemaRef } from '../operation.ts';
import { problems } from '../problem.ts';
import { count, flag, list, object, text, time, word } from './shapes.ts';

const position = (description: string): Schema => ({ type: 'integer', minimum: 1, description });

const problemDocument: Schema = {
  ...object(
    'A refusal (RFC 9457). Which members there are beyond `code` depends on it.',
    {
      type: text('The code as a URN.', {
        pattern: '^urn:packwatch:problem:[a-z_]+$',
        examples: ['urn:packwatch:problem:not_found'],
      }),
      title: text('The code in words.', { examples: ['There is no such thing'] }),
      status: {
        type: 'integer',
        minimum: 400,
        maximum: 599,
        description: 'The status of the answer.',
        examples: [404],
      },
      detail: text('What is wrong with this request, for people.', {
        examples: ['there is no workflow of this ref'],
      }),
      code: {
        ...word('For programs: decide by this, not by the words.', Object.keys(problems)),
        examples: ['not_found'],
      },
      errors: list('Each mistake in the query or the body.', schemaRef('InputError')),
      diagnostics: list('What is wrong with the definition or its file.', schemaRef('Diagnostic')),
      retired_at: time('Since when it is retired.'),
      paths: list(
        'Paths that may have been meant.',
        text('A path.', { examples: ['/api/v1/workflows/{ref}'] }),
      ),
    },
    ['errors', 'diagnostics', 'retired_at', 'paths'],
  ),
  additionalProperties: true,
  examples: [
    {
      type: 'urn:packwatch:problem:not_found',
      title: 'There is no such thing',
      status: 404,
      detail: 'there is no workflow of this ref',
      code: 'not_found',
    },
  ],
};

const inputError = object('A mistake in the query or the body.', {
  key: text('The key it is about.', { examples: ['page_size'] }),
  message: text('What was expected.', { examples: ['expected a whole number from 1 to 100'] }),
});

const diagnostic: Schema = object(
  'A problem in an author’s file. Lines and columns are counted from 1, columns in UTF-16 units.',
  {
    code: text('Its name in the list of diagnostics.', {
      pattern: '^[A-Z]+(_[A-Z0-9]+)+$',
      examples: ['RULE_TARGET_UNKNOWN'],
    }),
    severity: word('Only an error keeps a file from being registered.', ['error', 'warning', 'info']),
    message: text('What is wrong, naming what was found.', { examples: ['no task "notfy" in this list'] }),
    path: text('The file, relative to its root.', { examples: ['ops/workflows/restart.yaml'] }),
    line: position('Where it begins; 1 for a whole file.'),
    column: position('Where it begins; 1 for a whole file.'),
    end_line: position('Where it ends, where that is known.'),
    end_column: position('Where it ends, where that is known.'),
    help: text('What to do about it.', { examples: ['did you mean "notify"?'] }),
  },
  ['end_line', 'end_column', 'help'],
);

const pagination = object('Which part of a list this is.', {
  page: count('From 1.', { minimum: 1 }),
  page_size: count('At most this many items on a page.', { minimum: 1, maximum: 100, examples: [50] }),
  total_items: count('Items on all pages.', { examples: [1] }),
  total_pages: count('Pages that have an item.', { examples: [1] }),
  has_previous: flag('There is a page before this one.'),
  has_next: flag('There is a page after this one.'),
});

export const problemSchemas = {
  ProblemDocument: problemDocument,
  InputError: inputError,
  Diagnostic: diagnostic,
  Pagination: pagination,
};
