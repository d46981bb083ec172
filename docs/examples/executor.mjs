// An executor's copy of what may be run, kept current through restarts of daemons, database and itself. Plain Node, no packages.
// Usage: node docs/examples/executor.mjs URL [URL…], with the token, if one is needed, in PACKWATCH_TOKEN
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

const ignore = () => undefined;

/**
 * `urls`: daemons of one registry, any of which will do. `onChange(version, refs)` is called when the copy has changed, and after
 * the first load with all refs. `onTrouble(error)` is called for each try that failed; it goes on by itself.
 */
export function keepCopy({ urls, token, waitS = 30, onChange = ignore, onTrouble = ignore }) {
  const stop = new AbortController();
  /** What may be run by its ref, and the ETag of all that was read, runnable or not. */
  let workflows = new Map();
  let tags = new Map();
  /** Everything up to this version is in the copy. Undefined: nothing was loaded yet, or what came since is forgotten. */
  let version;
  let at = 0;

  /** It is over at once when the copy is given up. */
  const pause = (ms) => sleep(ms, undefined, { signal: stop.signal }).catch(ignore);

  async function ask(path, headers = {}) {
    const all = { ...headers, ...(token ? { authorization: `Bearer ${token}` } : {}) };
    let answer;
    for (;;) {
      // Longer than any answer takes: a daemon whose machine is gone closes no connection.
      const signal = AbortSignal.any([stop.signal, AbortSignal.timeout((waitS + 15) * 1000)]);
      answer = await fetch(`${urls[at % urls.length]}/api/v1${path}`, { headers: all, signal });
      if (answer.status !== 429) break;
      await pause(Number(answer.headers.get('retry-after') ?? 1) * 1000);
    }
    const body = answer.headers.get('content-type')?.includes('json') ? await answer.json() : undefined;
    if (![200, 304, 404, 410].includes(answer.status))
      throw new Error(`${path} answered ${answer.status} ${body?.code ?? ''}`);
    return { status: answer.status, etag: answer.headers.get('etag'), body };
  }

  /** Everything after `since`; undefined when it is not kept any more. */
  async function changesAfter(since, wait) {
    const changes = [];
    for (let from = since; ; ) {
      const { status, body } = await ask(`/changes?since=${from}&wait=${wait}`);
      if (status === 410) return undefined;
      changes.push(...body.data);
      from = body.version;
      if (body.complete || wait > 0) return { changes, version: from };
    }
  }

  /** A daemon may read at a replica of the database: it is told what is known here. */
  const atLeast = (since) => ({ 'packwatch-min-version': String(since) });

  async function listRefs(since) {
    const refs = [];
    for (let page = 1; ; page += 1) {
      const { body } = await ask(`/workflows?page=${page}&page_size=100`, atLeast(since));
      refs.push(...body.data.map(({ ref }) => ref));
      if (!body.pagination.has_next) return new Set(refs);
    }
  }

  /**
   * What these refs are now, no older than `since`. It may be newer than the change that led here; then that change comes too, and is
   * read again.
   */
  async function read(refs, since) {
    const found = new Map();
    const queue = [...refs];
    const worker = async () => {
      for (let ref = queue.pop(); ref !== undefined; ref = queue.pop()) {
        const tag = tags.get(ref);
        const answer = await ask(`/workflows/${ref}`, {
          ...atLeast(since),
          ...(tag ? { 'if-none-match': tag } : {}),
        });
        if (answer.status !== 304) found.set(ref, { tag: answer.etag, workflow: answer.body.data });
      }
    };
    await Promise.all([1, 2, 3, 4].map(worker));
    return found;
  }

  /** In one turn: nobody sees half of it. */
  function put(found, kept) {
    const changed = [...workflows.keys()].filter((ref) => kept && !kept.has(ref));
    if (kept) {
      workflows = new Map([...workflows].filter(([ref]) => kept.has(ref)));
      tags = new Map([...tags].filter(([ref]) => kept.has(ref)));
    }
    for (const [ref, { tag, workflow }] of found) {
      // A tag stands for what was read, also where that may not be run.
      if (tag && workflow) tags.set(ref, tag);
      else tags.delete(ref);
      if (workflow?.enabled) workflows.set(ref, workflow);
      else workflows.delete(ref);
      changed.push(ref);
    }
    return changed;
  }

  async function load() {
    for (;;) {
      // Before anything is read: what changes meanwhile is told afterwards.
      const { version: before } = (await ask('/changes')).body;
      const refs = await listRefs(before);
      const meanwhile = await changesAfter(before, 0);
      // What left the list made the rest move up, and some of it may have slipped between two pages.
      if (!meanwhile || meanwhile.changes.some(({ verb }) => verb === 'retired')) continue;
      const changed = put(await read(refs, before), refs);
      version = before;
      return changed;
    }
  }

  async function follow() {
    const news = await changesAfter(version, waitS);
    if (news === undefined) {
      version = undefined;
      return [];
    }
    const refs = news.changes.filter(({ verb }) => verb !== 'touched' && verb !== 'rejected');
    const changed = put(await read(new Set(refs.map(({ ref }) => ref)), news.version));
    // Only now: when reading failed, it is told again.
    version = news.version;
    return changed;
  }

  async function run() {
    for (let failures = 0; !stop.signal.aborted; ) {
      try {
        const changed = version === undefined ? await load() : await follow();
        failures = 0;
        if (changed.length > 0) onChange(version, changed);
      } catch (error) {
        if (stop.signal.aborted) return;
        onTrouble(error);
        at += 1;
        failures += 1;
        await pause(Math.min(2000, 100 * 2 ** failures) * (0.5 + Math.random() / 2));
      }
    }
  }

  const running = run();
  return {
    /** By ref, as `GET /workflows/:ref` gives them. It is replaced as a whole or changed between two turns of the event loop. */
    workflows: () => workflows,
    version: () => version,
    stop() {
      stop.abort();
      return running;
    },
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const copy = keepCopy({
    urls: process.argv.slice(2),
    token: process.env.PACKWATCH_TOKEN,
    onChange(version, refs) {
      for (const ref of refs) console.log(version, ref, copy.workflows().get(ref)?.number ?? 'gone');
    },
    onTrouble: (error) => console.error(error.cause?.code ?? error.message),
  });
}
