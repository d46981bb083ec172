// Clients that write workflows through any of several daemons, whatever becomes of those, and know what may have come of it: what was
// acknowledged is there, what was not may be, and nothing is there twice.
import { setTimeout as sleep } from 'node:timers/promises';
import { numberedOnce } from './ledger.mjs';

const refs = ['clients.a', 'clients.b', 'clients.c'];
const patienceMs = 20_000;

const textOf = (ref, stamp) =>
  `ref: ${ref}\nlabel: S${stamp}\nversion: 1.0.0\ntasks:\n  - name: only\n    action: core.noop\n`;

/** A pack of the API's for them; once, before they begin. */
export async function createClientPack(sql) {
  await sql`insert into packwatch.pack (ref, label, version, source) values ('clients', 'clients', '1.0.0', 'api')`;
}

/** `urlOf()`: a daemon of the caller's choice at each request. */
export function createClients({ urlOf, below }) {
  const clients = refs.map((ref) => ({ ref, sent: 0, acknowledged: 0, isThere: false }));
  const counts = { written: 0, unanswered: 0 };
  let isOver = false;

  async function write(client) {
    const { ref } = client;
    client.sent += 1;
    const path = client.isThere ? `workflows/${ref}` : 'workflows';
    const answer = await fetch(`${urlOf()}/api/v1/${path}`, {
      method: client.isThere ? 'PUT' : 'POST',
      headers: { 'content-type': 'application/yaml' },
      body: textOf(ref, client.sent),
      signal: AbortSignal.timeout(patienceMs),
    }).catch(() => undefined);
    await answer?.arrayBuffer().catch(() => undefined);
    if (answer?.ok) {
      client.acknowledged = client.sent;
      counts.written += 1;
    } else counts.unanswered += 1;
    // A first write that was made and not answered has made it.
    client.isThere ||= answer?.ok === true || answer?.status === 409;
  }

  return {
    counts,
    /** Until `rest`: each ref by one client, one write after the other. */
    async work() {
      isOver = false;
      const turn = async (client) => {
        while (!isOver) {
          await write(client);
          await sleep(below(400));
        }
      };
      await Promise.all(clients.map(turn));
    },
    rest() {
      isOver = true;
    },
    /** A sentence for each write that is lost or doubled. `changes`: rows of catalog_change in order. */
    async faults(sql, changes) {
      const rows = await sql`
        select w.ref, w.label, array_agg(r.definition ->> 'label' order by r.number) as history
        from packwatch.workflow_definition w join packwatch.workflow_revision r on r.workflow_definition = w.id
        where w.pack_ref = 'clients' group by w.id`;
      return clients.flatMap((client) => [
        ...faultsOf(
          client,
          rows.find(({ ref }) => ref === client.ref),
        ),
        ...numberedOnce(changes, client.ref),
      ]);
    },
  };
}

function faultsOf({ ref, sent, acknowledged }, row) {
  if (row === undefined) return acknowledged > 0 ? [`${ref}: S${acknowledged} is lost`] : [];
  const served = Number(row.label.slice(1));
  const history = row.history.map((label) => Number(label.slice(1)));
  const isSorted = history.every((stamp, at) => at === 0 || stamp > history[at - 1]);
  return [
    ...(served < acknowledged || served > sent
      ? [`${ref}: S${served} is served, S${acknowledged} was acknowledged`]
      : []),
    ...(isSorted ? [] : [`${ref}: its history is ${history}`]),
  ];
}
