// The known name nearest to one that is not known, for "did you mean".
import { editDistance } from '../model/edit-distance.ts';

/** Candidates that are looked at: this runs for each finding, and a file may name thousands. */
const maxCandidates = 200;

/** The candidate within a third of the word's length (at least 1, at most 3 edits); undefined when none is near. */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  const limit = Math.min(3, Math.max(1, Math.floor(word.length / 3)));
  const lower = word.toLowerCase();
  let best: string | undefined;
  let bestDistance = limit + 1;
  let count = 0;
  for (const candidate of candidates) {
    count += 1;
    if (count > maxCandidates) break;
    if (Math.abs(candidate.length - word.length) >= bestDistance) continue;
    const distance = editDistance(lower, candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}
