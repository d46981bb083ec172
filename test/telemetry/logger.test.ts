import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/model/errors.ts';
import { describeThrown, escapeControls, hideSecrets } from '../../src/telemetry/log-text.ts';
import { createLogger, type LoggerOptions } from '../../src/telemetry/logger.ts';

async function open(options: Partial<LoggerOptions> = {}) {
  const chunks: string[] = [];
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk.toString());
      done();
    },
  });
  const logger = await createLogger({ level: 'info', destination, ...options });
  return { logger, text: () => chunks.join('') };
}

describe('createLogger', () => {
  it('writes one JSON line with level, time, fields and message', async () => {
    const { logger, text } = await open();
    logger.child({ source: 'root:packs' }).info({ pack: 'ops', durationMs: 4 }, 'pass finished');
    expect(text().endsWith('\n')).toBe(true);
    const line = JSON.parse(text());
    expect(line).toMatchObject({ level: 'info', source: 'root:packs', pack: 'ops', durationMs: 4 });
    expect(line.msg).toBe('pass finished');
    expect(line.time).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
    expect(Object.keys(line).sort()).toEqual(['durationMs', 'level', 'msg', 'pack', 'source', 'time']);
  });

  it('leaves out what is below its level', async () => {
    const { logger, text } = await open({ level: 'warn' });
    logger.info({}, 'no');
    logger.debug({}, 'no');
    expect(text()).toBe('');
  });

  it('takes another level at any time, for its children too', async () => {
    const { logger, text } = await open();
    const child = logger.child({ source: 'a' }).child({ pack: 'b' });
    child.debug({}, 'before');
    logger.setLevel('debug');
    child.debug({ path: 'c' }, 'while');
    logger.setLevel('info');
    child.debug({}, 'after');
    expect(logger.level()).toBe('info');
    expect(JSON.parse(text())).toMatchObject({ source: 'a', pack: 'b', path: 'c', msg: 'while' });
  });

  it('writes an error with code and cause, without what a driver hangs on it', async () => {
    const { logger, text } = await open();
    const cause = Object.assign(new Error('gone'), {
      code: '57P01',
      query: 'select hunter2',
      parameters: ['hunter2'],
    });
    logger.error(
      { err: new AppError('database_unreachable', 'lost', { retryable: true, cause }) },
      'pass failed',
    );
    expect(JSON.parse(text()).err).toMatchObject({
      type: 'AppError',
      code: 'database_unreachable',
      cause: { code: '57P01', message: 'gone' },
    });
    expect(text()).not.toContain('hunter2');
  });

  it.each([false, true])('writes no secret (pretty: %s)', async (pretty) => {
    const { logger, text } = await open({ pretty });
    logger.warn({ token: 'hunter2', http: { authorization: 'Bearer hunter2' } }, 'a');
    logger.warn({ err: new Error('connect postgres://u:hunter2@h/db?password=hunter2 failed') }, 'b');
    logger.warn({ note: 'Authorization: Bearer hunter2' }, 'postgres://u:hunt"er2@hunter2@h/db');
    expect(text()).not.toContain('hunter2');
    expect(text()).toContain('u:***@h/db');
  });

  it.each([false, true])('writes no control character (pretty: %s)', async (pretty) => {
    const { logger, text } = await open({ pretty });
    const hostile = 'a\u001b[2J\u009b2J\u007f\u0000\u2028\\u001b\r\b';
    logger.info({ path: hostile, err: new Error(hostile) }, hostile);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
    expect(text()).not.toMatch(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028]/);
    expect(text()).toContain('u001b[2J');
    if (!pretty) expect(JSON.parse(text())).toMatchObject({ path: hostile, msg: hostile });
  });

  it('writes text for people when asked, with colours only when asked', async () => {
    const plain = await open({ pretty: true });
    plain.logger.info({ pack: 'ops' }, 'pass finished');
    expect(plain.text()).toMatch(/INFO.*pass finished.*"pack":"ops"/);
    const coloured = await open({ pretty: true, colour: true });
    coloured.logger.info({}, 'pass finished');
    expect(coloured.text()).toContain('\u001b[3');
  });
});

describe('escapeControls', () => {
  it('does not take an escaped backslash before a u for an escape', () => {
    expect(escapeControls('"\\\\u001b"', 'shown')).toBe('"\\\\u001b"');
    expect(escapeControls('"\\u001b"', 'shown')).toBe('"\\\\u001b"');
    expect(escapeControls('"\\n"', 'shown')).toBe('"\\n"');
  });
});

describe('hideSecrets', () => {
  it('is quick on a long line made to be slow', () => {
    const started = performance.now();
    hideSecrets(`${'a://'.repeat(50_000)}bearer ${'?token='.repeat(50_000)}`);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

describe('describeThrown', () => {
  it('tells what the environment lacks without a stack, and a defect with one', () => {
    const cause = new Error('connect ECONNREFUSED');
    const lost = new AppError('database_unreachable', 'the database cannot be used: connect ECONNREFUSED', {
      retryable: true,
      cause,
    });
    expect(describeThrown(lost)).toEqual({
      ...{ type: 'AppError', message: lost.message, code: lost.code },
      cause: { type: 'Error', message: cause.message },
    });
    const refused = new AppError('database_refused', 'no', { retryable: false, cause });
    expect(describeThrown(refused)).toMatchObject({
      stack: expect.any(String),
      cause: { message: cause.message },
    });
    expect(describeThrown(new TypeError('a bug')).stack).toContain('a bug');
  });
});
