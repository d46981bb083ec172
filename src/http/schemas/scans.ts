// What became of what lies on disk: the answer to a wait, and to a request for a scan.
import { schemaRef } from '../operation.ts';
import { count, dataOf, digest, flag, list, object, orNull, text, time, word } from './shapes.ts';

const fileState = word('What the file is, whatever is served.', [
  ...['valid', 'invalid', 'unreadable', 'conflict', 'ignored'],
]);
const source = text('The root it lies under, or `api`.', { examples: ['root:packs'] });
const path = text('Relative to the root.', { examples: ['ops/workflows/restart.yaml'] });
const ref = orNull(
  text('What it is registered for or claims.', { maxLength: 255, examples: ['ops.restart'] }),
);

const wait = object(
  'What became of a file.',
  {
    state: word(
      '`live`: it is served as it lies on disk, or there is no file and nothing of it is served. `rejected`: it is not, and will ' +
        'not be until somebody acts. `timeout`: neither could be told in time.',
      ['live', 'rejected', 'timeout'],
    ),
    source,
    path: orNull(path),
    ref,
    revision: digest('Of the canonical definition that is served; only where it is live.'),
    number: count('Of that revision.', { minimum: 1 }),
    reason: text('One sentence: why it is not live, or why executors do not get it though it is.'),
    on_disk: {
      description: 'What the daemon that leads the root saw last; null: no file.',
      anyOf: [
        object('A file.', {
          digest: orNull(digest('Of its bytes; null: they could not be read.')),
          state: fileState,
          since: time('When it was found so.'),
        }),
        { type: 'null' },
      ],
    },
    diagnostics: list('Of the files that decide it.', schemaRef('Diagnostic')),
  },
  ['revision', 'number', 'reason'],
);

const scannedFile = object('A file, and what became of it since the request.', {
  source,
  path,
  ref,
  result: word(
    '`kept`: it is invalid or cannot be read, and what was served before goes on. `updated` also where only its text differs.',
    ['registered', 'updated', 'moved', 'unchanged', 'kept', 'conflict', 'ignored'],
  ),
  state: fileState,
  served: flag('Some revision of its ref is served.'),
  diagnostics: list(
    'Of the file; fewer than there are where very many files have some.',
    schemaRef('Diagnostic'),
  ),
});

const scan = object('What a scan found.', {
  files: list(
    'Those that failed or changed, all of them, and then the others, by source and path.',
    schemaRef('ScannedFile'),
  ),
  omitted: count('Unchanged files that are left out: at most 10,000 are listed.'),
  unscanned: list(
    'Sources that could not be looked at.',
    object('A source.', { source, reason: text('Why, in one sentence.') }),
  ),
});

export const scanSchemas = { Wait: wait, Scan: scan, ScannedFile: scannedFile };

/** Bodies of the answers. */
export const waitAnswer = { 'application/json': dataOf('Wait') };
export const scanAnswer = { 'application/json': dataOf('Scan') };
