// Every point of the format's description that the suite has to cover, by section and name.

const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');
const named = (section: string, names: string): string[] => words(names).map((name) => `${section}.${name}`);
const numbered = (prefix: string, from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => `${prefix}${from + index}`);

/**
 * Left out, for tests of the registry and of other programs have them: 13.5 to 13.7 and 13.13 (places and names of files), 13.14
 * (findings about other packs), R13 (not offered).
 */
export const points: readonly string[] = [
  '1',
  ...named(
    '2',
    'ref label description version parameters output vars tasks output_map tags cancellation_policy ignored',
  ),
  ...named(
    '3',
    'name type action input permission_set_refs worker_selector worker_tolerations worker_affinity when with_items',
  ),
  ...named(
    '3',
    'batch_size concurrency timeout next on_success on_failure on_complete on_timeout decision publish join tasks',
  ),
  ...named('3', '__chart_meta__'),
  ...named('4', 'count delay backoff max_delay on_error'),
  ...named('5.1', 'when publish do __chart_meta__'),
  ...numbered('5.2.', 1, 5),
  '5.3',
  ...numbered('P', 1, 6),
  '6.1.depth',
  ...numbered('R', 1, 12),
  '7.pack-ref',
  ...named('8', 'link schemas graph'),
  ...named('9.1', 'template when unclosed empty text'),
  ...named('9.2', 'integers floats strings names signs'),
  ...named('9.3', 'or and not cmp add mul unary postfix primary args'),
  ...named('9.4', 'falsy plus divide equality order in access'),
  ...named(
    '9.5',
    'string number int bool type_of length keys values abs floor ceil round sum lower upper trim reversed sort',
  ),
  ...named(
    '9.5',
    'unique flat min max split join starts_with ends_with match contains zip index_of count merge chunks',
  ),
  ...named('9.5', 'replace range slice task-functions unknown'),
  ...named('9.6', 'parameters workflow task config keystore item system bare'),
  ...named('10', 'scope syntax unknown'),
  ...named('11', 'strict negative duplicate documents keys booleans aliases empty'),
  ...named('12', 'examples rejected'),
  ...words('13.1 13.2 13.3 13.4 13.8 13.9 13.10 13.11 13.12 13.15 13.16 13.17 13.18'),
];
