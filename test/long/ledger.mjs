// What the change log tells twice, or in an order in which it cannot have happened. In: rows of catalog_change in order. Pure.

/** Linked and plain actions of `edits.mjs`, which may change without another revision. */
const isAction = (ref) => /\.(linked\d|plain)$/.test(ref);

/**
 * A sentence for each change that finds its ref so already. `{ ref, verb, number, version, position }`, by version and position.
 * What was rejected or touched changes nothing of this.
 */
export function toldTwice(rows) {
  const found = [];
  const states = new Map();
  const told = new Map();
  for (const { ref, verb, number, version, position } of rows) {
    const before = states.get(ref) ?? {
      ...{ isLive: false, isDegraded: false, isEnabled: true, isPinned: false },
      number: null,
    };
    const after = { ...before, ...effectOf(verb, number) };
    const isNothing =
      JSON.stringify(before) === JSON.stringify(after) && !(verb === 'updated' && isAction(ref));
    if (effectOf(verb, number) !== undefined && isNothing)
      found.push(`${ref}: ${verb} is told again in ${version}.${position} (${told.get(ref)})`);
    if (!before.isLive && !['registered', 'rejected'].includes(verb))
      found.push(`${ref}: ${verb} in ${version}.${position} while it is not registered`);
    states.set(ref, after);
    told.set(ref, [...(told.get(ref) ?? []).slice(-5), `${version} ${verb} ${number}`]);
  }
  return found;
}

function effectOf(verb, number) {
  switch (verb) {
    case 'registered':
      return { isLive: true, isDegraded: false, isPinned: false, number };
    case 'updated':
      return { isPinned: false, number };
    case 'retired':
      return { isLive: false };
    case 'degraded':
      return { isDegraded: true };
    case 'recovered':
      return { isDegraded: false };
    case 'enabled':
      return { isEnabled: true };
    case 'disabled':
      return { isEnabled: false };
    case 'pinned':
      return { isPinned: true, number };
    // What the file says may be told as an update of its own.
    case 'unpinned':
      return { isPinned: false, number: null };
    default:
      return undefined;
  }
}

/** Of a ref whose every text was another: each number is told once, and none is missing. */
export function numberedOnce(rows, ref) {
  const numbers = rows
    .filter((row) => row.ref === ref && ['registered', 'updated'].includes(row.verb))
    .map(({ number }) => number);
  return numbers.every((number, at) => number === at + 1)
    ? []
    : [`${ref}: its revisions are told as ${numbers}`];
}
