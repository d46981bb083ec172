// Steps of the model that clients take: the writes that the daemon's endpoints call, over a connection of their own.
import { createClientWrites } from '../../dist/daemon/client-writes.js';
import { connect } from '../../dist/store/connect.js';

/** As the daemons have them, but for `keepRevisions`: the model forgets nothing. */
const config = { strict: false, maxFileBytes: 1_048_576, keepRevisions: 0 };

export function createClients(connection) {
  const database = connect({ target: connection, schema: 'packwatch', max: 2 });
  const { writes, close } = createClientWrites(config, database, { rowsWritten: () => undefined });
  const deeds = {
    post: ({ text }) => writes.createWorkflow({ bytes: Buffer.from(text) }),
    put: ({ ref, text }) => writes.replaceWorkflow(ref, { bytes: Buffer.from(text) }, undefined),
    drop: ({ ref }) => writes.retireWorkflow(ref, undefined),
    dropPack: ({ ref }) => writes.retirePack(ref, undefined),
  };
  const tryOften = async (step) => {
    for (;;) {
      const result = await deeds[step.verb](step);
      if (result.reason !== 'busy') return result;
    }
  };
  return {
    /** False: the step is none of a client's. Throws where another thing comes of it than the model says. */
    async carryOut(step) {
      if (step.do !== 'api') return false;
      const result = await tryOften(step);
      const outcome = result.reason ?? (result.changed ? 'changed' : 'same');
      if (outcome !== step.outcome)
        throw new Error(`${step.verb} of ${step.ref}: ${JSON.stringify(result)} and not ${step.outcome}`);
      return true;
    },
    async close() {
      await close();
      await database.close(1);
    },
  };
}
