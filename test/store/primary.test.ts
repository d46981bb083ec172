// Which of several hosts is written to: hosts that answer, are slow, read-only, or both claim to be the one.
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createHosts, type HostState } from '../../src/store/primary.ts';

type Told = HostState | Error | 'nothing';
const writable = (timeline = ''): HostState => ({ takesWrites: true, why: '', timeline });
const standby: HostState = { takesWrites: false, why: 'it is a standby', timeline: '' };

/** `say` may be changed between two questions. */
function openHosts(say: Record<string, Told>) {
  let nowMs = 0;
  let asked = 0;
  const hosts = createHosts({
    places: Object.keys(say).map((name) => ({ name })),
    async ask({ name }) {
      asked += 1;
      const told = say[name];
      if (told instanceof Error) throw told;
      if (told === 'nothing' || told === undefined) return new Promise<never>(() => undefined);
      return told;
    },
    sleep: () => sleep(5),
    nowMs: () => nowMs,
  });
  const find = async () => (await hosts.find()).name;
  return { hosts, find, asked: () => asked, pass: (ms: number) => (nowMs += ms) };
}

describe('find', () => {
  it.each<[Record<string, Told>, string]>([
    [{ a: standby, b: writable() }, 'b'],
    [{ a: new Error('ECONNREFUSED'), b: writable() }, 'b'],
    [{ a: 'nothing', b: writable() }, 'b'],
    [{ a: writable(), b: writable() }, 'a'],
    // The one that was promoted later, whichever is named first.
    [{ a: writable('00000001'), b: writable('00000002') }, 'b'],
    [{ a: writable('0000000A'), b: writable('00000009') }, 'a'],
    [{ a: writable(), b: writable('00000002') }, 'b'],
  ])('chooses among %j', async (say, expected) => {
    expect(await openHosts(say).find()).toBe(expected);
  });

  it('says of each host why it is not the one', async () => {
    const { find } = openHosts({ a: standby, b: new Error('connect ECONNREFUSED') });
    await expect(find()).rejects.toMatchObject({
      ...{ code: 'database_unreachable', retryable: true },
      message: 'none of 2 hosts takes writes (a: it is a standby; b: connect ECONNREFUSED)',
    });
  });

  it('asks once for all who ask at a time, and not at once again after a failure', async () => {
    const { find, asked, pass } = openHosts({ a: standby, b: standby });
    for (const one of await Promise.allSettled([find(), find(), find()])) expect(one.status).toBe('rejected');
    await expect(find()).rejects.toThrow('none of 2');
    expect(asked()).toBe(2);
    pass(101);
    await expect(find()).rejects.toThrow('none of 2');
    expect(asked()).toBe(4);
  });
});

describe('known', () => {
  it('stands until something speaks against it', async () => {
    const say: Record<string, Told> = { a: writable(), b: standby };
    const { hosts, find } = openHosts(say);
    expect(hosts.known()).toBeUndefined();
    await find();
    const first = hosts.known();
    expect(first?.name).toBe('a');
    Object.assign(say, { a: standby, b: writable() });
    expect(hosts.known()?.name).toBe('a');
    hosts.doubt({ name: 'b' });
    expect(hosts.known()?.name).toBe('a');
    if (first) hosts.doubt(first);
    expect(hosts.known()).toBeUndefined();
    expect(await find()).toBe('b');
  });

  it('is looked after now and then: a later one takes over from one that was not told', async () => {
    const say: Record<string, Told> = { a: writable('00000001'), b: standby };
    const { hosts, find, pass } = openHosts(say);
    await find();
    say['b'] = writable('00000002');
    pass(10_001);
    expect(hosts.known()?.name).toBe('a');
    await expect.poll(() => hosts.known()?.name).toBe('b');
  });

  it('stands where it cannot be looked after', async () => {
    const say: Record<string, Told> = { a: writable(), b: standby };
    const { hosts, find, pass, asked } = openHosts(say);
    await find();
    say['a'] = new Error('too many clients');
    pass(10_001);
    for (let turn = 0; turn < 3; turn += 1) {
      expect(hosts.known()?.name).toBe('a');
      await sleep(10);
    }
    expect(asked()).toBe(4);
  });

  it('is the only one always, and it is not asked', async () => {
    const { hosts, find, asked } = openHosts({ a: standby });
    expect([hosts.known()?.name, await find(), asked()]).toEqual(['a', 'a', 0]);
  });
});
