// The line that each write leaves in the log, through the logger of the program.
import { createHash } from 'node:crypto';
import { Writable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { HttpOptions } from '../../src/http/ports.ts';
import type { Decisions } from '../../src/model/decisions.ts';
import type { SourceName } from '../../src/model/pack.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { held } from '../support/fake-catalog.ts';
import { openApp } from '../support/http-app.ts';
import { startListener } from '../support/http-listener.ts';
import { talk } from '../support/talk.ts';
import { until } from '../support/wait.ts';

const secret = 'canary-secret-of-more-than-thirty-two-bytes';
const sha256 = createHash('sha256').update(secret).digest('hex');
const tokens = () => [{ name: 'ops', role: 'write', sha256 }] as const;
const authorization = `Bearer ${secret}`;
/** Control characters and line separators. */
const invisible = /[\p{Cc}\p{Zl}\p{Zp}]/u;
const done = { outcome: 'done', source: 'root:packs' as SourceName } as const;

const decisions: Decisions = {
  setOverlay: async (ref) =>
    ref === 'ops.page' ? { ...done, changed: true } : { outcome: 'refused', reason: 'missing' },
  rollBack: async () => ({ outcome: 'refused', reason: 'already_served' }),
  unpin: async () => done,
  decideBatch: async () => done,
  forgetSource: async (_, confirm) => ({ outcome: 'done', retired: confirm }),
};

async function openLog() {
  let text = '';
  const destination = new Writable({
    write(chunk: Buffer, _, next) {
      text += chunk.toString();
      next();
    },
  });
  const logger = await createLogger({ level: 'info', destination });
  const lines = () => text.split('\n').filter((line) => line !== '');
  return { logger, text: () => text, lines: () => lines().map((line) => JSON.parse(line)) };
}

async function open(change: Partial<HttpOptions> = {}) {
  const log = await openLog();
  return { ...openApp({ decisions, tokens, logger: log.logger, ...change }), ...log };
}

describe('a write', () => {
  it('leaves one line: who, what, which revision, what came of it, from where', async () => {
    const { send, lines } = await open();
    await send('POST', '/api/v1/workflows/ops.page/enable', undefined, { authorization });
    const { time, durationMs, revision, ...rest } = lines()[0];
    expect(rest).toEqual({
      level: 'info',
      msg: 'changed by request',
      who: 'ops',
      method: 'POST',
      route: '/api/v1/workflows/:ref/enable',
      ref: 'ops.page',
      number: 2,
      version: '1.0.0',
      status: 200,
      remote: '127.0.0.1',
    });
    expect([typeof time, typeof durationMs, typeof revision]).toEqual(['string', 'number', 'string']);
    expect(lines()).toHaveLength(1);
  });

  it('is told of with its refusal', async () => {
    const { send, lines } = await open({ tokens: undefined });
    await send('POST', '/api/v1/workflows/ops.page/rollback', { revision: 3 });
    await send('POST', '/api/v1/workflows/ops.nope/disable');
    await send('POST', '/api/v1/workflows/ops.page/enable', { unknown: 'canary-body' });
    expect(lines().map(({ who, ref, status, code, msg }) => [who, ref, status, code, msg])).toEqual([
      ['local', 'ops.page', 409, 'already_served', 'a request to change something was refused'],
      ['local', 'ops.nope', 404, 'not_found', 'a request to change something was refused'],
      ['local', 'ops.page', 422, 'invalid_body', 'a request to change something was refused'],
    ]);
  });

  it('names batches and sources', async () => {
    const { send, lines } = await open({ tokens: undefined });
    await send('POST', `/api/v1/held/${held.batch}/approve`);
    await send('DELETE', '/api/v1/sources/old?confirm=3');
    expect(lines().map(({ batch, source, retired, status }) => [batch, source, retired, status])).toEqual([
      [held.batch, undefined, undefined, 200],
      [undefined, 'old', 3, 200],
    ]);
  });

  it('says nothing of a body, a definition or a token', async () => {
    const { send, text } = await open();
    const url = '/api/v1/workflows/ops.page/rollback';
    await send('POST', url, { revision: 3, more: 'canary-body' }, { authorization });
    await send('POST', url, 'canary-text', { authorization, 'content-type': 'application/json' });
    await send('POST', `${url}?canary-query=1`, undefined, { authorization });
    await send('POST', '/api/v1/workflows/ops.page/enable', undefined, { authorization });
    expect(text()).not.toContain('canary');
    expect(text()).not.toMatch(/definition|tasks|label/);
  });

  it('is told of though the client has gone before the answer', async () => {
    const log = await openLog();
    let answer = (): void => undefined;
    const { server, port } = await startListener({
      logger: log.logger,
      decisions: {
        ...decisions,
        setOverlay: () =>
          new Promise((resolve) => {
            answer = () => resolve({ ...done, changed: true });
          }),
      },
    });
    onTestFinished(() => server.close());
    const empty = answer;
    const head =
      'POST /api/v1/workflows/ops.page/enable HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n';
    const { socket, closed } = await talk(port, head);
    await until(() => answer !== empty);
    socket.destroy();
    await closed;
    answer();
    const line = await until(() => log.lines().find(({ msg }) => msg === 'changed by request'));
    expect(line).toMatchObject({ ref: 'ops.page', status: 200 });
  });
});

describe('what is no write', () => {
  it('leaves no line: reads, strangers, other paths', async () => {
    const { get, send, text, app } = await open();
    await get('/api/v1/workflows/ops.page', { authorization });
    expect((await send('POST', '/api/v1/workflows/ops.page/enable')).statusCode).toBe(401);
    await send('POST', '/api/v1/nowhere', undefined, { authorization });
    await app.inject({ method: 'POST', url: '/livez' });
    expect(text()).toBe('');
  });
});

describe('a hostile ref', () => {
  it.each([
    ['a line feed', '%0a{"level":"info","who":"root"}'],
    ['a carriage return', 'a%0db'],
    ['an escape sequence', '%1b[2J%1b]0;title%07'],
    ['a C1 control', '%c2%9b31m'],
    ['a line separator', 'a%e2%80%a8b'],
    ['a quote and a brace', '%22,%22who%22:%22root%22%7d'],
    ['a NUL', 'a%00b'],
    ['another direction', 'a%e2%80%aeb'],
  ])('with %s is one line with its ref in one value', async (_, ref) => {
    const { send, text, lines } = await open();
    await send('POST', `/api/v1/workflows/${ref}/enable`, undefined, { authorization });
    expect(text().match(/\n/g)).toHaveLength(1);
    expect(text().trimEnd()).not.toMatch(invisible);
    expect(lines()[0]).toMatchObject({ who: 'ops', ref: decodeURIComponent(ref), status: 404 });
  });

  it('is cut where a ref has to end', async () => {
    const { send, lines } = await open({ tokens: undefined });
    await send('POST', `/api/v1/workflows/${'a'.repeat(700)}/enable`);
    expect(lines()[0].ref).toBe('a'.repeat(255));
  });

  it('of any kind is one line, and no longer than a ref may be', async () => {
    const { app, text } = await open({ tokens: undefined });
    let seen = 0;
    let told = 0;
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', minLength: 1, maxLength: 400 }), async (ref) => {
        fc.pre(!['.', '..'].includes(ref));
        const url = `/api/v1/workflows/${encodeURIComponent(ref)}/enable`;
        expect((await app.inject({ method: 'POST', url })).statusCode).toBeLessThan(500);
        const added = text().slice(seen);
        seen += added.length;
        if (added === '') return;
        told += 1;
        expect(added.trimEnd()).not.toMatch(invisible);
        expect(JSON.parse(added).ref?.length ?? 0).toBeLessThanOrEqual(255);
      }),
      { numRuns: 100 },
    );
    expect(told).toBeGreaterThan(40);
  });
});
