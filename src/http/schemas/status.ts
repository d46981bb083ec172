// What a daemon says of itself: status, liveness, readiness.
import { count, flag, list, mapping, object, orNull, text, time, word } from './shapes.ts';
import { sourceText } from './workflows.ts';

const reasons = list(
  'What keeps it from being ready, or is wrong though it is.',
  object('One reason.', {
    code: text('For programs.', { examples: ['root_unhealthy'] }),
    message: text('For people.', { examples: ['root:team: it does not exist (ENOENT)'] }),
  }),
);
const roles = mapping('By source.', word('Who may write.', ['leader', 'standby']));

const root = object('A root as the daemon that answers sees it.', {
  source: sourceText('Its name.'),
  path: text('Where it is.', { examples: ['/srv/packs'] }),
  role: orNull(word('Null until it is known.', ['leader', 'standby'])),
  epoch: orNull(count('Of the lease that the daemon holds.', { examples: [3] })),
  leader: orNull(text('Who leads it when we do not.')),
  healthy: flag('It could be listed.'),
  reason: orNull(text('Why not.')),
  held_back: orNull(text('Why the daemon that stands by does not take over; null when it would.')),
  watch: orNull(word('How changes are noticed.', ['events', 'poll', 'off'])),
  held: count('Refs that wait for a person.', { examples: [0] }),
  unlisted: list(
    'Packs that cannot be listed whole.',
    object('One of them.', {
      pack: text('Its directory.', { examples: ['ops'] }),
      reason: text('Why.', { examples: ['ops/actions cannot be listed (EACCES)'] }),
    }),
  ),
});

const lastPass = orNull(
  object('The last comparison of disk and registry.', {
    at: orNull(time('When it ended.')),
    cause: text('What it was for.', { examples: ['watch'] }),
    duration_ms: count('How long it took.', { examples: [14] }),
    parsed: count('Files parsed.', { examples: [1] }),
    written: count('Rows written.', { examples: [2] }),
    unchanged: count('Definitions that stayed as they were.', { examples: [12] }),
    problems: count('Files that are invalid.', { examples: [0] }),
  }),
);

const replica = object('A replica of the database that may answer reads of the catalogue.', {
  database: text('Where it is; without a password.', { examples: ['PostgreSQL at db2, database app'] }),
  state: word('The primary answers unless it is used.', ['used', 'behind', 'ahead', 'unreachable']),
  version: orNull(count('Of the registry there, as last seen.', { examples: [812] })),
  behind_ms: count('Since the first version is known that it lacks.', { examples: [0] }),
  reason: orNull(text('Why it is not used.')),
});

export const statusSchemas = {
  Status: object('The daemon that answers, and its roots.', {
    version: text('Of the program.', { examples: ['0.1.0'] }),
    started: time('When it was started.'),
    database: text('Where the registry is; without a password.', { examples: ['postgresql://db/app'] }),
    database_changes: word('How changes by others are learnt of.', ['listening', 'polling']),
    read_replica: orNull(replica),
    ready: flag('As `/readyz`.'),
    role: roles,
    reasons,
    roots: list('In the order of the settings.', root),
    definitions: mapping('Number of definitions by status.', count('How many.')),
    files: count('Files looked at.', { examples: [19] }),
    catalog_version: count('Up by one with every change of the registry.', { examples: [812] }),
    last_pass: lastPass,
  }),
  Liveness: object('Whether the loop turns and the last scan is young enough.', { live: flag('It does.') }),
  Readiness: object('Whether the registry is known to be up to date.', {
    ready: flag('It is.'),
    role: roles,
    reasons,
  }),
};
