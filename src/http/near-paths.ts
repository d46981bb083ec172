// A path that nothing is at → the patterns it may have been meant for. Pure.
import { editDistance } from '../model/edit-distance.ts';

/** A path beyond these is not looked at: an address may be of any length. */
const maxSegments = 8;
const maxLength = 300;
/** Letters that may be wrong, in all segments together. */
const maxDistance = 3;
const maxPaths = 3;

/** At most three, the nearest first. The base may be left out of the path, a slash may be at its end. */
export function nearPaths(path: string, patterns: Iterable<string>, base: string): readonly string[] {
  const given = segmentsOf(path);
  if (path.length > maxLength || given.length > maxSegments || given.length === 0) return [];
  const spellings = [given, [...segmentsOf(base), ...given]];
  const found = [...patterns].map((pattern) => {
    const wanted = segmentsOf(pattern);
    return { pattern, distance: Math.min(...spellings.map((spelling) => distanceOf(spelling, wanted))) };
  });
  return found
    .filter(({ distance }) => distance <= maxDistance)
    .sort((one, other) => one.distance - other.distance || (one.pattern < other.pattern ? -1 : 1))
    .slice(0, maxPaths)
    .map(({ pattern }) => pattern);
}

function segmentsOf(path: string): readonly string[] {
  return path.split('/').filter((segment) => segment !== '');
}

/** `:ref` is any segment; another word of its length is no misspelling. */
function distanceOf(given: readonly string[], wanted: readonly string[]): number {
  if (given.length !== wanted.length || wanted.length === 0) return Infinity;
  return wanted.reduce((sum, word, at) => {
    if (word.startsWith(':')) return sum;
    const distance = editDistance((given[at] ?? '').slice(0, 50).toLowerCase(), word);
    return distance > word.length / 2 ? Infinity : sum + distance;
  }, 0);
}
