import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createPoller } from '../../src/watch/poller.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the poller', () => {
  it('asks every two seconds, and not again before the look is over', () => {
    let asked = 0;
    const poller = createPoller({ onPoll: () => (asked += 1) });
    poller.start();
    poller.start();
    vi.advanceTimersByTime(1_999);
    expect(asked).toBe(0);
    vi.advanceTimersByTime(1);
    expect(asked).toBe(1);
    vi.advanceTimersByTime(20_000);
    expect(asked).toBe(1);
    poller.looked(100);
    vi.advanceTimersByTime(2_000);
    expect(asked).toBe(2);
    poller.stop();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('spends at most a tenth of the time on looks', () => {
    let asked = 0;
    const poller = createPoller({ onPoll: () => (asked += 1) });
    poller.looked(1_000);
    poller.start();
    vi.advanceTimersByTime(8_999);
    expect(asked).toBe(0);
    vi.advanceTimersByTime(1);
    expect(asked).toBe(1);
    poller.stop();
  });
});
