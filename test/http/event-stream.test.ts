// A client that does not read costs little and not for long; every end of a stream is one that a client can go on from.
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type EventStreamOptions, openEventStream } from '../../src/http/event-stream.ts';
import { createEventTexts } from '../../src/http/event-text.ts';
import type { ActivityEvent, ChangePage } from '../../src/model/change-feed.ts';
import { until } from '../support/wait.ts';

const never = 3_600_000;

const pageOf = (version: number, rows = 1): ChangePage => ({
  ...{ kind: 'page', version, complete: true },
  rows: Array.from({ length: rows }, (_, at) => ({
    ...{ version, at: '2031-05-04T10:20:30.400Z', source: 'api', pack_ref: 'one', ref: `one.w${at}` },
    ...{ verb: 'updated', number: 1 },
  })),
});

/** A stream of these pages and then silence; `asked` counts the pages that were asked for. */
function open(pages: readonly ChangePage[], given: Partial<EventStreamOptions> = {}) {
  const stop = new AbortController();
  const failures: unknown[] = [];
  const told = { asked: 0, closed: false, subscribed: false, tell: (_: ActivityEvent): void => undefined };
  const left = [...pages];
  const out = openEventStream({
    feed: {
      follow: () => ({
        async next(signal) {
          told.asked += 1;
          const page = left.shift();
          if (page === undefined && !signal.aborted) await once(signal, 'abort');
          return page;
        },
        close() {
          told.closed = true;
        },
      }),
    },
    activity: {
      subscribe(tell) {
        Object.assign(told, { tell, subscribed: true });
        return () => {
          told.subscribed = false;
        };
      },
    },
    textsOf: createEventTexts(),
    since: 1,
    first: pageOf(2),
    signal: stop.signal,
    onFailure: (error) => failures.push(error),
    ...given,
    timing: { heartbeatMs: never, longestMs: never, ...given.timing },
  });
  return { out, stop, failures, told };
}

async function textOf(out: Readable): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of out) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

const event: ActivityEvent = {
  step: 'seen',
  source: 'root:test',
  paths: ['x'.repeat(1000)],
  more: 0,
  whole: false,
};

describe('createEventTexts', () => {
  it('makes the blocks of a page once for all who come from one place', () => {
    const textsOf = createEventTexts();
    const page = pageOf(4);
    expect(String(textsOf(page, 3))).toContain('"ref":"one.w0"');
    expect(textsOf(page, 3)).toBe(textsOf(page, 3));
    const silent = pageOf(5, 0);
    expect(textsOf(silent, 4).map(String)).toEqual(['id: 5\n\n']);
    expect(textsOf(silent, 5)).toEqual([]);
  });
});

describe('openEventStream', () => {
  it('reads changes no faster than its client does', async () => {
    const { out, told } = open(Array.from({ length: 50 }, (_, at) => pageOf(at + 3, 1000)));
    await sleep(50);
    expect(told.asked).toBeLessThan(3);
    out.resume();
    await until(() => told.asked === 51);
    out.destroy();
  });

  it('cuts off a client that takes nothing, not one that takes little', async () => {
    const timing = { heartbeatMs: 20, longestMs: never };
    const stuck = open([pageOf(3, 1000)], { timing });
    await once(stuck.out, 'close');
    expect(stuck.out.readableEnded).toBe(false);
    await until(() => stuck.told.closed && !stuck.told.subscribed);
    const slow = open([pageOf(3, 1000)], { timing });
    for (let turn = 0; turn < 20; turn += 1) {
      await sleep(10);
      slow.out.read(100);
    }
    expect(slow.out.destroyed).toBe(false);
    slow.out.destroy();
  });

  it('cuts off a client for whom too much has gathered', async () => {
    const { out, told } = open([]);
    for (let turn = 0; turn < 900; turn += 1) told.tell(event);
    expect(out.destroyed).toBe(false);
    for (let turn = 0; turn < 200; turn += 1) told.tell(event);
    expect(out.destroyed).toBe(true);
    expect(told.subscribed).toBe(false);
  });

  it('shows that it lives', async () => {
    const { out, stop } = open([], { timing: { heartbeatMs: 20, longestMs: never } });
    setTimeout(() => stop.abort(), 100);
    expect(await textOf(out)).toMatch(/\nid: 2\nevent: committed\ndata: .*\n\n(:\n\n){2,}$/);
  });

  it.each([
    { when: 'the listener closes', act: (one: ReturnType<typeof open>) => one.stop.abort() },
    { when: 'it has lasted long enough', timing: { heartbeatMs: never, longestMs: 30 } },
    { when: 'the changes are gone', pages: [{ kind: 'gone' } as unknown as ChangePage] },
  ])('ends cleanly when $when', async ({ act, timing, pages = [] }) => {
    const one = open(pages, timing ? { timing } : {});
    const text = textOf(one.out);
    await until(() => one.told.asked > 0);
    act?.(one);
    expect(await text).toMatch(/^retry: 1000\nid: 1\n\nid: 2\nevent: committed\ndata: .*\n\n$/);
    expect(one.told).toMatchObject({ closed: true, subscribed: false });
    expect(one.failures).toEqual([]);
  });

  it('ends cleanly and says so when the database fails', async () => {
    const failure = new Error('away');
    const { out, failures } = open([], {
      feed: { follow: () => ({ next: () => Promise.reject(failure), close: () => undefined }) },
    });
    const text = textOf(out);
    expect(await text).toContain('id: 2\n');
    expect(failures).toEqual([failure]);
  });

  it('begins nothing for a client that is gone already', async () => {
    const { out, told } = open([], { signal: AbortSignal.abort() });
    out.resume();
    await once(out, 'close');
    await until(() => told.closed && !told.subscribed);
  });
});
