// Finds a string in a string in linear time. The engine's own search takes 40 seconds for a needle of 400 kB such as
// a…aba…a in a text of 600 kB, so none of `includes`, `indexOf`, `split` and `replaceAll` may see an author's needle.

/** The first place of the needle at or after `from`, in UTF-16 units; -1 when there is none. */
export type Search = (text: string, from: number) => number;

/** Knuth, Morris and Pratt: a table of the needle once, then every unit of a text is looked at at most twice. */
export function createSearch(needle: string): Search {
  const { length } = needle;
  const borders = bordersOf(needle);
  return (text, from) => {
    if (length === 0) return from <= text.length ? from : -1;
    let matched = 0;
    for (let index = from; index < text.length; index += 1) {
      const unit = text.charCodeAt(index);
      while (matched > 0 && needle.charCodeAt(matched) !== unit) matched = borders[matched - 1] ?? 0;
      if (needle.charCodeAt(matched) === unit) matched += 1;
      if (matched === length) return index + 1 - length;
    }
    return -1;
  };
}

/** For each prefix the length of its longest border: a proper prefix that is also its suffix. */
function bordersOf(needle: string): Int32Array {
  const borders = new Int32Array(needle.length);
  let length = 0;
  for (let index = 1; index < needle.length; index += 1) {
    while (length > 0 && needle.charCodeAt(length) !== needle.charCodeAt(index)) {
      length = borders[length - 1] ?? 0;
    }
    if (needle.charCodeAt(length) === needle.charCodeAt(index)) length += 1;
    borders[index] = length;
  }
  return borders;
}

/** The places where a needle stands, none overlapping the one before. An empty needle stands nowhere here. */
export function* placesOf(text: string, needle: string): Generator<number> {
  if (needle.length === 0) return;
  const search = createSearch(needle);
  for (let at = search(text, 0); at >= 0; at = search(text, at + needle.length)) yield at;
}

/** How many those are: asked before anything is made for each of them. */
export function countPlaces(text: string, needle: string): number {
  if (needle.length === 0) return 0;
  const search = createSearch(needle);
  let count = 0;
  for (let at = search(text, 0); at >= 0; at = search(text, at + needle.length)) count += 1;
  return count;
}
