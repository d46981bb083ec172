import { defineConfig } from 'vitest/config';

// The tests of the pure core alone: no server is started and nothing is built. The laws take a second each and are left out: what
// only they would notice wants a table. Without isolation the files share what they import, which takes longer than the tests.
export default defineConfig({
  test: {
    include: [
      'test/registry/{plan,plan-rules,guard,claims,desired,bound}.test.ts',
      'test/reconcile/{rivals,renamed-directory}.test.ts',
    ],
    testTimeout: 60_000,
    isolate: false,
    maxWorkers: 1,
  },
});
