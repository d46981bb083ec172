// Files and roots: problems, held removals, sources, explanations.
import { schemaRef } from '../operation.ts';
import { count, digest, flag, list, object, orNull, text, time, word } from './shapes.ts';
import { fileStateWord, refText, sourceText } from './workflows.ts';

const problem = object('A file with an error, or one that is not served as it stands.', {
  source: sourceText('The root it lies under.'),
  path: text('Relative to the root.', { examples: ['ops/workflows/restart.yaml'] }),
  pack_ref: orNull(text('The pack it belongs to.', { examples: ['ops'] })),
  ref: orNull(refText('What it claims or is registered for.')),
  state: fileStateWord,
  since: time('When it was found so.'),
  served: flag('Some revision of its ref is served.'),
  digest: orNull(digest('Of its bytes.')),
  diagnostics: list('At most 100.', schemaRef('Diagnostic')),
});

const held = object('Removals that wait for a person, or waited.', {
  batch: text('Changes when the set of refs does.', { examples: ['a1b2c3d4e5f6'] }),
  source: sourceText('The root they would be removed from.'),
  reason: word('`threshold`: too much would go at once. `root_empty`: nothing is left under the root.', [
    'threshold',
    'root_empty',
  ]),
  refs: list('What would be removed.', { type: 'string', examples: ['ops.restart'] }),
  count: count('How many that are.', { examples: [12] }),
  of: count('Of this many that were active.', { examples: [40] }),
  created: time('When it was held.'),
  state: word('`expired`: the files came back, or the set became another batch.', [
    ...['open', 'approved', 'rejected', 'expired'],
  ]),
});

const source = object('A root as the registry knows it, whoever watches it.', {
  source: sourceText('Its name.'),
  leader: orNull(text('Host and process of the daemon that leads it.', { examples: ['web-1, process 42'] })),
  epoch: count('Goes up with every new leader.', { examples: [3] }),
  since: orNull(time('Since when it leads.')),
  expires_at: orNull(time('Until when the lease is good unless it is renewed.')),
  packs: count('Packs that are not retired.', { examples: [3] }),
  definitions: count('What forgetting it would retire: definitions and plain actions.', { examples: [13] }),
  problems: count('Files that `/problems` lists.', { examples: [0] }),
  held: count('Refs in open batches.', { examples: [0] }),
  configured: flag('It is a root of the daemon that answers.'),
});

const step = object('A step on the way from file to registry.', {
  step: word('In the order in which it is decided.', [
    ...['root', 'file', 'pack', 'role', 'valid', 'ref', 'conflict', 'links', 'registered', 'served'],
  ]),
  ok: { type: ['boolean', 'null'], description: 'Null: it does not matter here, or cannot be told.' },
  message: text('One sentence.', { examples: ['root:packs is watched and healthy'] }),
});

const explanation = object('Why a file is registered or not.', {
  steps: list('In order.', schemaRef('ExplainStep')),
  state: word('Where it ends.', [
    ...['served', 'served_older', 'not_registered', 'held', 'rejected', 'protected', 'pinned', 'disabled'],
    ...['drifted', 'retired', 'unknown'],
  ]),
  diagnostics: list('Of the files that decide it.', schemaRef('Diagnostic')),
});

export const fileSchemas = {
  Problem: problem,
  Held: held,
  Source: source,
  Explanation: explanation,
  ExplainStep: step,
};
