// A process that ends soon leaves more of its code to the interpreter: the same work asks for fewer compilations.
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { frugal } from '../../src/daemon/short-run.ts';

const engine = process.versions.v8;

function run(script: string, args: readonly string[] = []) {
  const { stdout, stderr } = spawnSync(process.execPath, [...args, '-e', script], { encoding: 'utf8' });
  return { stdout, stderr };
}

/** Calls of a function until it is optimized, with compilations waited for. */
function callsUntilOptimized(settings: readonly string[]): number {
  const script = `
    const { setFlagsFromString } = require('node:v8');
    for (const flag of ${JSON.stringify(settings)}) setFlagsFromString(flag);
    function sum(list) { let all = 0; for (const one of list) all += one; return all; }
    const list = [1, 2, 3, 4, 5, 6, 7, 8];
    let calls = 0;
    while ((%GetOptimizationStatus(sum) & 16) === 0 && calls < 1e6) { sum(list); calls += 1; }
    console.log(calls);`;
  const flags = ['--allow-natives-syntax', '--no-concurrent-recompilation', '--no-use-osr'];
  return Number(run(script, flags).stdout);
}

describe('compileLess', () => {
  test('sets nothing that this engine does not know', () => {
    const script = `for (const flag of ${JSON.stringify(frugal(engine))}) require('node:v8').setFlagsFromString(flag);`;
    expect(run(script)).toEqual({ stdout: '', stderr: '' });
  });

  test.runIf(engine.startsWith('11.'))(
    'settings made while the process runs let a function be called twice as often before it is optimized',
    () => {
      const usual = callsUntilOptimized([]);
      expect(usual).toBeLessThan(1e6);
      expect(callsUntilOptimized(frugal(engine))).toBeGreaterThan(2 * usual);
    },
  );
});
