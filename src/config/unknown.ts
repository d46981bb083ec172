// Variables that look like ours and mean nothing → a warning with the nearest name. Pure.

/** One line for each `PACKWATCH_*` variable that is not known, in name order. Values are not repeated. */
export function unknownVariables(
  env: Readonly<Record<string, string | undefined>>,
  known: readonly string[],
): readonly string[] {
  return Object.keys(env)
    .filter((name) => name.startsWith('PACKWATCH_') && env[name] !== undefined && !known.includes(name))
    .sort()
    .map((name) => `${JSON.stringify(name)} is not a setting; the nearest name is ${nearest(name, known)}`);
}

function nearest(name: string, known: readonly string[]): string {
  // A long name is cut: the table below grows with the product of both lengths.
  const distances = known.map((candidate) => ({
    candidate,
    distance: editDistance(name.slice(0, 100), candidate),
  }));
  return distances.reduce((best, next) => (next.distance < best.distance ? next : best)).candidate;
}

/** Insertions, deletions and replacements that turn one into the other. */
function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const replaced = (previous[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[to.length] ?? 0;
}
