// What the log says of removals that wait: each batch once, and that it is over.
import { describe, expect, it } from 'vitest';
import { createPassLog } from '../../src/daemon/observe-pass.ts';
import type { LogFields } from '../../src/model/logger.ts';
import { createMemoryPass, packText } from '../support/memory-pass.ts';
import { flow } from '../support/pure-pass.ts';

const pack = (name: string, count: number) => ({
  [`${name}/pack.yaml`]: packText(name),
  ...Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`${name}/workflows/f${index}.yaml`, flow(index)]),
  ),
});

function setUp(files: Readonly<Record<string, string>>) {
  const site = createMemoryPass(files, { pruneMaxPercent: 20 });
  const lines: string[] = [];
  const say = ({ held }: LogFields, message: string) => {
    if (message.includes('wait')) lines.push(held === undefined ? message : `${held}: ${message}`);
  };
  const silent = () => undefined;
  const logger = { debug: silent, info: say, warn: say, error: say, child: () => logger };
  const log = createPassLog(logger);
  return {
    ...site,
    /** What the passes say until nothing is left to look at again. */
    async told() {
      lines.length = 0;
      for (let pass = 0; pass < 3; pass += 1) log(await site.full());
      return [...lines];
    },
  };
}

describe('removals that wait for a person', () => {
  const threshold = 'removals wait for a person: too much would go at once';

  it('are told once for each batch, with why, and when none is left', async () => {
    const files = { ...pack('ops', 5), ...pack('web', 5) };
    const { told, disk } = setUp(files);
    expect(await told()).toEqual([]);
    disk.remove('ops');
    expect(await told()).toEqual([`5: ${threshold}`]);
    disk.remove('web');
    expect(await told()).toEqual(['5: removals wait for a person: the root is suddenly empty']);
    disk.write(pack('web', 5));
    expect(await told()).toEqual([]);
    disk.write(files);
    expect(await told()).toEqual(['no removal waits any more']);
    expect(await told()).toEqual([]);
  });

  it('are told anew when others take their place, be they as many', async () => {
    const { told, disk } = setUp({ ...pack('ops', 5), ...pack('web', 5) });
    await told();
    disk.remove('ops');
    expect(await told()).toEqual([`5: ${threshold}`]);
    disk.write(pack('ops', 5));
    disk.remove('web');
    expect(await told()).toEqual([`5: ${threshold}`]);
  });
});
