import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type ArchiveReading, readArchive } from '../../src/archive/read-archive.ts';
import { type Hostile, hostileArchives } from '../support/hostile-archives.ts';
import { measureTurns } from '../support/turn-cpu.ts';

const seed = Number(process.env['PACKWATCH_TEST_SEED'] ?? 1);

type Read = Hostile & { readonly reading: ArchiveReading; readonly tookMs: number };

describe('archives that are made to do harm', () => {
  const read: Read[] = [];
  let longestTurnMs = 0;
  let grownBytes = 0;
  beforeAll(async () => {
    const archives = hostileArchives(seed);
    const before = process.memoryUsage().rss;
    const meter = measureTurns();
    for (const hostile of archives) {
      const start = performance.now();
      const reading = await readArchive(hostile.bytes);
      read.push({ ...hostile, reading, tookMs: performance.now() - start });
    }
    longestTurnMs = meter.stop();
    grownBytes = process.memoryUsage().rss - before;
  });

  it('are 200 and more, each another', () => {
    expect(new Set(read.map(({ name }) => name)).size).toBe(read.length);
    expect(read.length).toBeGreaterThanOrEqual(200);
  });

  it('are all refused', () => {
    expect(read.filter(({ reading }) => reading.ok).map(({ name }) => name)).toEqual([]);
  });

  it('are refused in one line that nothing in them can change', () => {
    const bad = read.filter(({ reading }) => {
      const message = reading.ok ? '' : reading.message;
      return message.length < 20 || message.length > 500 || /[^\P{C}]|[\p{Zl}\p{Zp}]/u.test(message);
    });
    expect(bad.map(({ name, reading }) => [name, reading])).toEqual([]);
  });

  it('cost little time and memory, and never hold the event loop', () => {
    const slowest = Math.max(...read.map(({ tookMs }) => tookMs));
    expect({ slowest: slowest < 5000, longestTurnMs: longestTurnMs < 100 }).toEqual({
      slowest: true,
      longestTurnMs: true,
    });
    expect(grownBytes).toBeLessThan(128 * 1024 * 1024);
  });

  it('leave nothing on any disk', () => {
    const places = new Set([tmpdir(), '/tmp', '/etc', '/']);
    for (let at = process.cwd(); at !== dirname(at); at = dirname(at)) places.add(at);
    const found = [...places].flatMap((place) => readdirSync(place).map((name) => join(place, name)));
    expect(found.filter((path) => path.includes('pw-escaped'))).toEqual([]);
  });

  it('are met by code that cannot write to one', () => {
    const folder = new URL('../../src/archive/', import.meta.url);
    const libraries = readdirSync(folder).flatMap((name) => {
      const source = readFileSync(new URL(name, folder), 'utf8');
      return [...source.matchAll(/'(node:[a-z_/]+)'/g)].map(([, library]) => library);
    });
    expect(libraries.filter((library) => !['node:zlib', 'node:util'].includes(library ?? ''))).toEqual([]);
    expect(libraries).toContain('node:zlib');
  });
});
