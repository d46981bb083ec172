// A root of its own for a test on a daemon with many: its packs, what is registered of them, and what the daemon says of it.
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import type { Daemon } from './daemon.ts';
import { packFiles, workflowText } from './pack-text.ts';
import type { Rows, Site } from './site.ts';
import { until } from './wait.ts';

export type Ground = {
  readonly name: string;
  readonly root: string;
  /** Beside the root, on its file system; nothing in it is watched. */
  readonly beside: string;
  /** Three workflows in two packs, written outside and renamed to `path`. */
  plant(path?: string): Promise<void>;
  /** Below the root. */
  at(path: string): string;
  /** Renames another text over a workflow; resolves with the ms it took to be live. */
  edit(x: number, limitMs: number): Promise<number>;
  /** The same in a tree that the root shows. */
  editAt(tree: string, x: number, limitMs: number): Promise<number>;
  /** Everything that a removal would change: ids, status and revisions of workflows, actions and packs. */
  registered(): Promise<Rows>;
  /** As `registered()`, once all three workflows are active. */
  settled(limitMs?: number): Promise<Rows>;
  verbs(): Promise<readonly unknown[]>;
};

/** The packs of a ground are named after it, because a pack belongs to one root. */
export function groundOf(site: Site, name: string): Ground {
  const dir = join(site.dir, 'grounds', name);
  const root = join(dir, 'root');
  const beside = join(dir, 'beside');
  const source = `root:${name}`;
  const edited = `${name}_a.flow`;
  let count = 0;
  const files = {
    ...packFiles(`${name}_a`, { flow: workflowText(), other: workflowText() }),
    ...packFiles(`${name}_b`, { flow: workflowText() }),
  };
  const fresh = () => {
    count += 1;
    return join(beside, `t${count}`);
  };
  const editAt: Ground['editAt'] = async (tree, x, limitMs) => {
    const temporary = fresh();
    await writeFile(temporary, workflowText({ x }));
    await rename(temporary, join(tree, `${name}_a/workflows/flow.yaml`));
    const savedMs = performance.now();
    const isLive = async () => {
      const [row] = await site.rows(
        "select definition -> 'vars' ->> 'x' as x from served_workflow where ref = $1",
        [edited],
      );
      return row?.['x'] === String(x);
    };
    await until(isLive, { what: `${edited} with ${x}`, limitMs });
    return performance.now() - savedMs;
  };
  const registered = () =>
    site.rows(
      `select 'workflow' as kind, id::text, ref, status, revision from workflow_definition where source = $1
       union all select 'action', id::text, ref, status, null from action where source = $1
       union all select 'pack', id::text, ref, status, null from pack where source = $1 order by kind, ref`,
      [source],
    );
  return {
    ...{ name, root, beside, registered },
    at: (path) => join(root, path),
    async plant(path = root) {
      const tree = fresh();
      for (const [file, text] of Object.entries(files)) {
        await mkdir(dirname(join(tree, file)), { recursive: true });
        await writeFile(join(tree, file), text);
      }
      await rename(tree, path);
    },
    edit: (x, limitMs) => editAt(root, x, limitMs),
    editAt,
    settled: (limitMs = 20_000) =>
      until(
        async () => {
          const rows = await registered();
          const active = rows.filter(({ kind, status }) => kind === 'workflow' && status === 'active');
          return active.length === 3 && rows;
        },
        { what: `three workflows of ${name}`, limitMs },
      ),
    verbs: async () =>
      (
        await site.rows('select verb from catalog_change where source = $1 order by version, position', [
          source,
        ])
      ).map(({ verb }) => verb),
  };
}

/** Same ids and status as before; the changes since the registration are updates of one workflow and the given ones. */
export async function expectUnremoved(
  ground: Ground,
  before: Rows,
  verbs: readonly string[] = [],
): Promise<void> {
  const still = (rows: Rows) => rows.map(({ kind, id, ref, status }) => ({ kind, id, ref, status }));
  expect(still(await ground.registered())).toEqual(still(before));
  const since = (await ground.verbs()).filter((verb) => verb !== 'registered' && verb !== 'updated');
  expect(since).toEqual(verbs);
  expect((await ground.verbs()).filter((verb) => verb === 'registered')).toHaveLength(3);
}

type Reason = { readonly code: string; readonly message: string };
type StatusRoot = {
  readonly source: string;
  readonly healthy: boolean;
  readonly reason: string | null;
  readonly held: number;
};

/** Waits until `/status` and `/readyz` both say of a source that it is unhealthy, and why. */
export async function saidUnhealthy(daemon: Daemon, { name }: Ground, why: RegExp): Promise<void> {
  await until(
    async () => {
      const root = await statusOf(daemon, name);
      const { reasons } = (await daemon.get('/readyz')).json<{ reasons: readonly Reason[] }>();
      const said = reasons.some(
        ({ code, message }) =>
          code === 'root_unhealthy' && message.startsWith(`root:${name}: `) && why.test(message),
      );
      return root?.healthy === false && why.test(root.reason ?? '') && said;
    },
    { what: `${name} said to be unhealthy by ${why}` },
  );
}

/** What `/status` says of a source. */
export async function statusOf(daemon: Daemon, name: string): Promise<StatusRoot | undefined> {
  const { data } = (await daemon.get('/api/v1/status')).json<{ data: { roots: readonly StatusRoot[] } }>();
  return data.roots.find(({ source }) => source === `root:${name}`);
}

/** Waits until a pass that began after the call has looked at everything. */
export async function lookedAgain(daemon: Daemon): Promise<void> {
  // A rescan that falls together with a hint is counted under the hint's cause: so all passes are counted, over two intervals.
  const passes = () => daemon.metric('packwatch_passes_total');
  const [before, beganMs] = [await passes(), performance.now()];
  const isOver = async () => performance.now() - beganMs > 2_500 && (await passes()) >= before + 3;
  await until(isOver, { what: 'two more rescans' });
}
