// The executor of docs/examples: at the end its copy is what is served, whatever came between.
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createActivity } from '../../src/daemon/activity.ts';
import type { CatalogQueries } from '../../src/model/catalog.ts';
import { createCatalog } from '../../src/store/catalog.ts';
import { createChangeFeed } from '../../src/store/change-feed.ts';
import { readNewest } from '../../src/store/sql/changes.ts';
import { forgetChanges } from '../../src/store/sql/purge.ts';
import { openRegistry, type Registry } from '../support/decided.ts';
import { openApp } from '../support/http-app.ts';
import { desiredOf } from '../support/plans.ts';
import { type Copied, differencesOf } from '../support/served-copy.ts';
import { eventually, until } from '../support/wait.ts';

type Copy = {
  workflows(): ReadonlyMap<string, Copied>;
  version(): number | undefined;
  stop(): Promise<void>;
};
type Options = { urls: readonly string[]; waitS?: number; onTrouble?: (error: unknown) => void };
type Example = { keepCopy(options: Options): Copy };

const exampleUrl = new URL('../../docs/examples/executor.mjs', import.meta.url);

let registry: Registry;
const releases: (() => unknown)[] = [];
beforeAll(async () => {
  registry = await openRegistry();
});
afterAll(() => registry.test.drop());
afterEach(async () => {
  for (const release of releases.splice(0).reverse()) await release();
});

/** A listener over the registry; `change` puts itself between it and the catalogue. */
async function serve(change: (queries: CatalogQueries) => Partial<CatalogQueries> = () => ({}), port = 0) {
  const { database } = registry.test;
  const feed = createChangeFeed(database);
  const queries = createCatalog(database);
  const activity = createActivity((fire, delayMs) => setTimeout(fire, delayMs));
  const { app } = openApp({
    ...{ allowedHosts: ['127.0.0.1'], queries: { ...queries, ...change(queries) } },
    changes: { feed, activity },
  });
  await app.listen({ host: '127.0.0.1', port });
  const asking = setInterval(async () => feed.moved((await readNewest(database)).version), 20);
  releases.push(async () => {
    clearInterval(asking);
    await app.close();
  });
  return { app, url: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}` };
}

async function keep(urls: readonly string[], url: string = exampleUrl.href) {
  const { keepCopy } = (await import(/* @vite-ignore */ url)) as Example;
  const troubles: unknown[] = [];
  const copy = keepCopy({ urls, waitS: 1, onTrouble: (error) => troubles.push(error) });
  releases.push(() => copy.stop());
  return { ...copy, troubles };
}

const bodies = (names: readonly string[], body = 'a') =>
  Object.fromEntries(names.map((name) => [name, { body, tags: [body] }]));
const equals = async (copy: Copy) =>
  eventually(async () => expect(await differencesOf(copy.workflows().values(), registry.test)).toEqual([]), {
    limitMs: 10_000,
  });

describe('the executor', () => {
  beforeEach(() =>
    registry.put(desiredOf('one', { workflows: bodies(['a', 'b', 'c']), actions: { run: 'run.sh' } })),
  );

  it('loads what is served and follows it', async () => {
    const { url } = await serve();
    const copy = await keep([url]);
    await equals(copy);
    expect([...copy.workflows().keys()].sort()).toEqual(['one.a', 'one.b', 'one.c']);
    await registry.put(desiredOf('one', { workflows: { ...bodies(['b', 'd'], 'z'), a: { body: 'a' } } }));
    await equals(copy);
    await registry.decisions.setOverlay('one.b', 'disabled');
    await registry.decisions.rollBack('one.a', 1);
    await equals(copy);
    await registry.decisions.setOverlay('one.b', 'enabled');
    await equals(copy);
    expect([...copy.workflows().keys()].sort()).toEqual(['one.a', 'one.b', 'one.d']);
    expect(copy.troubles).toEqual([]);
  });

  it('goes on where it was when the daemon comes back, and loads anew when what came since is forgotten', async () => {
    const first = await serve();
    const copy = await keep([first.url, 'http://127.0.0.1:9']);
    await equals(copy);
    await first.app.close();
    await until(() => copy.troubles.length > 0);
    await registry.put(desiredOf('one', { workflows: bodies(['a'], 'y') }));
    await registry.test.query("update catalog_change set at = now() - interval '8 days'");
    await forgetChanges(registry.test.database);
    await serve(undefined, Number(new URL(first.url).port));
    await equals(copy);
  });

  it('reads again what it could not read', async () => {
    let failures = 3;
    const { url } = await serve((queries) => ({
      getWorkflow(ref) {
        if (ref === 'one.b' && failures > 0) {
          failures -= 1;
          throw new Error('out of order');
        }
        return queries.getWorkflow(ref);
      },
    }));
    const copy = await keep([url]);
    await equals(copy);
    failures = 1;
    await registry.put(desiredOf('one', { workflows: bodies(['a', 'b'], 'x') }));
    await equals(copy);
    expect(copy.troubles).toHaveLength(4);
  });
});

describe('a removal between two pages of the list', () => {
  const names = Array.from({ length: 130 }, (_, at) => `w${String(at).padStart(3, '0')}`);
  /** Ends with what the copy lacks: what was first on the second page has moved to the first. */
  async function race(example: string): Promise<readonly string[]> {
    await registry.put(desiredOf('one', { workflows: bodies(names) }));
    let isDone = false;
    const { url } = await serve((queries) => ({
      async listWorkflows(filter) {
        const page = await queries.listWorkflows(filter);
        if (!isDone) await registry.put(desiredOf('one', { workflows: bodies(names.slice(1)) }));
        isDone = true;
        return page;
      },
    }));
    const copy = await keep([url], example);
    await until(() => copy.version() !== undefined);
    return differencesOf(copy.workflows().values(), registry.test);
  }

  it('loses nothing; null control: without a second look at the changes it does', async () => {
    expect(await race(exampleUrl.href)).toEqual([]);
    const text = readFileSync(exampleUrl, 'utf8');
    const careless = text.replace("meanwhile.changes.some(({ verb }) => verb === 'retired')", 'false');
    expect(careless).not.toBe(text);
    expect(await race(`data:text/javascript,${encodeURIComponent(careless)}`)).toEqual([
      'one.w100 is missing',
    ]);
  });
});
