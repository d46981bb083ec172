import { describe, expect, it } from 'vitest';
import { readManager } from '../../src/supervisor/environment.ts';
import { createNotifier } from '../../src/supervisor/notifier.ts';
import { createSender, type Message } from '../../src/supervisor/send.ts';

/** A helper that takes a message when it is let, and fails as often as it is told. */
function setUp() {
  const sent: Message[] = [];
  const troubles: unknown[] = [];
  let failures = 0;
  let isHeld = false;
  const release: (() => void)[] = [];
  const notifier = createNotifier({
    async send(message) {
      if (isHeld) await new Promise<void>((resolve) => release.push(resolve));
      failures -= 1;
      if (failures >= 0) throw new Error('nobody there');
      sent.push(message);
    },
    onTrouble: (error) => troubles.push(error),
  });
  return {
    ...{ notifier, sent, troubles },
    fail: (times: number) => {
      failures = times;
    },
    hold() {
      isHeld = true;
    },
    letGo() {
      isHeld = false;
      for (const go of release.splice(0)) go();
    },
  };
}

const reload = (at: string): Message => ({ RELOADING: '1', MONOTONIC_USEC: at });

describe('createNotifier', () => {
  it('sends one message after the other', async () => {
    const { notifier, sent } = setUp();
    notifier.tell({ READY: '1' });
    notifier.tellReload(reload('5'));
    notifier.tell({ READY: '1', STATUS: 'again' });
    notifier.tell({ STOPPING: '1' });
    await notifier.settled();
    expect(sent).toEqual([{ READY: '1' }, reload('5'), { READY: '1', STATUS: 'again' }, { STOPPING: '1' }]);
  });

  it('says only the last of what says how things are, and keeps what lasts', async () => {
    const { notifier, sent, hold, letGo } = setUp();
    hold();
    notifier.tell({ READY: '1' });
    for (let n = 0; n < 1000; n += 1) {
      notifier.tell({ STATUS: `${n}` });
      notifier.tell({ WATCHDOG: '1' });
    }
    notifier.tell({ STOPPING: '1' });
    letGo();
    await notifier.settled();
    expect(sent).toEqual([{ READY: '1' }, { STATUS: '999', WATCHDOG: '1' }, { STOPPING: '1' }]);
  });

  it('tells a thousand reloads that pile up as one, of the last moment', async () => {
    const { notifier, sent, hold, letGo } = setUp();
    hold();
    notifier.tell({ READY: '1' });
    for (let n = 0; n < 1000; n += 1) {
      notifier.tellReload(reload(`${n}`));
      notifier.tell({ READY: '1' });
    }
    letGo();
    await notifier.settled();
    expect(sent).toEqual([{ READY: '1' }, reload('999'), { READY: '1' }]);
  });

  it('keeps what could not be sent, but no sign of life, and complains once', async () => {
    const { notifier, sent, troubles, fail } = setUp();
    fail(3);
    notifier.tell({ READY: '1', WATCHDOG: '1' });
    await notifier.settled();
    notifier.tell({ WATCHDOG: '1' });
    await notifier.settled();
    notifier.retry();
    await notifier.settled();
    expect([sent, troubles.length]).toEqual([[], 1]);
    notifier.retry();
    await notifier.settled();
    expect(sent).toEqual([{ READY: '1' }]);
  });
});

describe('createSender', () => {
  it('rejects where there is no helper', async () => {
    const sender = createSender({ socket: '/nowhere', path: '/nowhere' });
    for (let n = 0; n < 2; n += 1)
      await expect(sender.send({ READY: '1' })).rejects.toThrow('systemd-notify: not found');
    sender.close();
  });
});

describe('readManager', () => {
  it('finds nobody without a socket', () => {
    expect(readManager({ WATCHDOG_USEC: '1000000' }, 7)).toBeUndefined();
    expect(readManager({ NOTIFY_SOCKET: '' }, 7)).toBeUndefined();
  });

  it.each([
    [{ WATCHDOG_USEC: '3000000', WATCHDOG_PID: '7' }, 3000],
    [{ WATCHDOG_USEC: '3000000' }, 3000],
    [{ WATCHDOG_USEC: '3000000', WATCHDOG_PID: '8' }, undefined],
    [{ WATCHDOG_USEC: 'soon' }, undefined],
    [{ WATCHDOG_USEC: '0' }, undefined],
    [{}, undefined],
  ])('reads the watchdog of %o', (env, watchdogMs) => {
    expect(readManager({ ...env, NOTIFY_SOCKET: '@a', PATH: '/bin' }, 7)).toEqual({
      ...{ socket: '@a', path: '/bin', watchdogMs },
    });
  });
});
