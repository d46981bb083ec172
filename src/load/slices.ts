// How long work may go on before the event loop gets a turn, told to all who work.
import { setImmediate as nextTurn } from 'node:timers/promises';

export type Slices = {
  /** True when the slice of this turn is used up. */
  isOver(): boolean;
  /** A turn later. All who wait for it wait for the same one, and share the slice that begins: ask anew right before working. */
  next(): Promise<void>;
};

/** Milliseconds of work in a turn. */
const sliceMs = 8;

export function createSlices(): Slices {
  let beganMs = performance.now();
  let turn: Promise<void> | undefined;
  return {
    isOver: () => performance.now() - beganMs >= sliceMs,
    next() {
      turn ??= nextTurn().then(() => {
        turn = undefined;
        beganMs = performance.now();
      });
      return turn;
    },
  };
}
