import { describe, expect, it } from 'vitest';
import { createPulse } from '../../src/daemon/pulse.ts';

describe('createPulse', () => {
  it('is prompt again one beat after the loop was stuck, and not before', () => {
    let now = 0;
    let beat: () => void = () => undefined;
    const pulse = createPulse({
      clock: { nowMs: () => now },
      setTimer(fire) {
        beat = fire;
        return () => undefined;
      },
    });
    now = 5_900;
    expect(pulse.isPrompt()).toBe(true);
    now = 6_000;
    expect(pulse.isPrompt()).toBe(false);
    beat();
    now = 6_900;
    expect(pulse.isPrompt()).toBe(false);
    now = 7_000;
    beat();
    expect(pulse.isPrompt()).toBe(true);
  });
});
