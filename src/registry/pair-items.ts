// Two lists → which item of one is which of the other, what is new, what is gone, what only stands elsewhere. Pure.

/** What an item is recognised by; undefined: not by this. */
export type KeyOf<Item> = (item: Item) => string | undefined;

export type Pair<Item> = {
  readonly before: Item;
  readonly after: Item;
  /** Places from 0. */
  readonly from: number;
  readonly to: number;
  /** True when it changed places with another pair; what was added or removed around it moves nothing. */
  readonly isMoved: boolean;
};

export type Pairing<Item> = {
  /** In the order of the later list. */
  readonly pairs: readonly Pair<Item>[];
  readonly added: readonly { readonly item: Item; readonly to: number }[];
  readonly removed: readonly { readonly item: Item; readonly from: number }[];
};

/** Keys are tried in turn, each on what those before it left over; items of one key are paired in order. */
export function pairItems<Item>(
  before: readonly Item[],
  after: readonly Item[],
  keys: readonly KeyOf<Item>[],
): Pairing<Item> {
  const partnerOf = new Map<number, number>();
  const taken = new Set<number>();
  for (const keyOf of keys) {
    const waiting = new Map<string, number[]>();
    for (const [from, item] of before.entries()) {
      const key = taken.has(from) ? undefined : keyOf(item);
      if (key === undefined) continue;
      const alike = waiting.get(key);
      if (alike) alike.push(from);
      else waiting.set(key, [from]);
    }
    for (const [to, item] of after.entries()) {
      const key = partnerOf.has(to) ? undefined : keyOf(item);
      const from = key === undefined ? undefined : waiting.get(key)?.shift();
      if (from === undefined) continue;
      partnerOf.set(to, from);
      taken.add(from);
    }
  }
  const matched = after.flatMap((item, to) => {
    const from = partnerOf.get(to);
    return from === undefined ? [] : [{ before: before[from] as Item, after: item, from, to }];
  });
  const kept = longestRise(matched.map(({ from }) => from));
  return {
    pairs: matched.map((pair, index) => ({ ...pair, isMoved: !kept.has(index) })),
    added: after.flatMap((item, to) => (partnerOf.has(to) ? [] : [{ item, to }])),
    removed: before.flatMap((item, from) => (taken.has(from) ? [] : [{ item, from }])),
  };
}

/** Indexes of a longest run of numbers that rise: those of it stand as they stood, so the fewest count as moved. */
function longestRise(numbers: readonly number[]): ReadonlySet<number> {
  // `ends[n]` is the index of the smallest number that ends a run of n + 1.
  const ends: number[] = [];
  const previous: (number | undefined)[] = [];
  for (const [index, number] of numbers.entries()) {
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((numbers[ends[middle] as number] as number) < number) low = middle + 1;
      else high = middle;
    }
    previous[index] = low > 0 ? ends[low - 1] : undefined;
    ends[low] = index;
  }
  const run = new Set<number>();
  for (let index = ends.at(-1); index !== undefined; index = previous[index]) run.add(index);
  return run;
}
