// Slices of any length → runs of the lengths that a reader asks for.
import { refuse } from './refusal.ts';

export type ByteSource = {
  /** Bytes taken and skipped so far. */
  readonly position: number;
  /**
   * The next `length` bytes, or undefined at the end. They may be a view of a slice that is larger. Throws `ArchiveRefusal`
   * when the end comes within them.
   */
  take(length: number): Promise<Uint8Array | undefined>;
  skip(length: number): Promise<void>;
};

export function createByteSource(slices: AsyncIterator<Uint8Array>): ByteSource {
  let rest: Uint8Array = new Uint8Array(0);
  let position = 0;

  /** False at the end. */
  const refill = async (): Promise<boolean> => {
    while (rest.length === 0) {
      const next = await slices.next();
      if (next.done) return false;
      rest = next.value;
    }
    return true;
  };
  const shift = (most: number): Uint8Array => {
    const part = rest.subarray(0, most);
    rest = rest.subarray(part.length);
    position += part.length;
    return part;
  };

  return {
    get position() {
      return position;
    },
    async take(length) {
      if (!(await refill())) return undefined;
      const first = shift(length);
      if (first.length === length) return first;
      const whole = new Uint8Array(length);
      whole.set(first);
      for (let filled = first.length; filled < length; ) {
        if (!(await refill())) refuseCut(position);
        const part = shift(length - filled);
        whole.set(part, filled);
        filled += part.length;
      }
      return whole;
    },
    async skip(length) {
      for (let left = length; left > 0; ) {
        if (!(await refill())) refuseCut(position);
        left -= shift(left).length;
      }
    },
  };
}

export function refuseCut(position: number): never {
  refuse(`the archive is cut off: its tar stream ends at byte ${position} without an end mark`);
}
