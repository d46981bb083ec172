// How late the event loop comes round: what a supervisor must know besides when the disk was last looked at.
import type { Clock } from '../reconcile/ports.ts';

export type Pulse = {
  /** False while the loop is stuck again and again, also when it turns for a moment in between. */
  isPrompt(): boolean;
  close(): void;
};

export type PulseOptions = {
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Runs `fire` once after `delayMs`; gives back what calls it off. */
  setTimer(fire: () => void, delayMs: number): () => void;
};

const beatMs = 1_000;
/** A beat that comes later than this came too late. */
const promptMs = 5_000;

export function createPulse({ clock, setTimer }: PulseOptions): Pulse {
  let dueMs = clock.nowMs() + beatMs;
  let lateMs = 0;
  let cancel = setTimer(beat, beatMs);

  function beat(): void {
    const nowMs = clock.nowMs();
    lateMs = nowMs - dueMs;
    dueMs = nowMs + beatMs;
    cancel = setTimer(beat, beatMs);
  }

  return {
    // Who asks right after the loop was stuck may come before the beat.
    isPrompt: () => Math.max(lateMs, clock.nowMs() - dueMs) < promptMs,
    close: () => cancel(),
  };
}
