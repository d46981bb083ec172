// A registry of its own with a writer and the decisions of people, and ways to look into it while something waits.
import type { DesiredPack } from '../../src/model/state.ts';
import { createDecisions } from '../../src/store/decisions.ts';
import { createWriter } from '../../src/store/writer.ts';
import { holdLease, register } from './plans.ts';
import { createTestDatabase, until } from './postgres.ts';

export type Registry = Awaited<ReturnType<typeof openRegistry>>;

/** The writer holds the lease of `root:test` with epoch 1 for ever. */
export async function openRegistry() {
  const test = await createTestDatabase();
  await holdLease(test);
  const writer = createWriter({ database: test.database, epochOf: () => 1 });
  const one = async <Row extends object>(
    statement: string,
    parameters: readonly (string | number)[] = [],
  ) => {
    const [row] = await test.query<Row>(statement, parameters);
    return row as Row;
  };
  return {
    test,
    writer,
    decisions: createDecisions(test.database),
    one,
    async put(...packs: readonly DesiredPack[]) {
      for (const pack of packs) await register(writer, pack);
    },
    /** Statements that wait for a lock reach this number. */
    async waits(number: number) {
      await until(`${number} statements wait`, async () => {
        const { waiting } = await one<{ waiting: number }>(
          "select count(*)::int as waiting from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()",
        );
        return waiting === number;
      });
    },
    /** A transaction by hand, open until it is ended. */
    async hold(...statements: readonly string[]) {
      const session = await test.session().reserve();
      for (const statement of ['begin', ...statements]) await session.unsafe(statement);
      return {
        run: (statement: string) => session.unsafe(statement),
        async end(how: 'commit' | 'rollback') {
          await session.unsafe(how);
          session.release();
        },
      };
    },
    /** A function of sql/ with a part of it replaced, while `work` runs: what the part is there for must be seen to fail. */
    async without(signature: string, part: RegExp, replacement: string, work: () => Promise<void>) {
      const { text } = await one<{ text: string }>('select pg_get_functiondef($1::regprocedure) as text', [
        `packwatch.${signature}`,
      ]);
      if (!part.test(text)) throw new Error(`${signature} has no ${part}`);
      await test.query(text.replace(part, replacement));
      try {
        await work();
      } finally {
        await test.query(text);
      }
    },
  };
}
