// A wait: when it asks for passes, when it ends, and with what. The registry is a list of what it says in turn.
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { BarrierAsk, BarrierEnd } from '../../src/daemon/barrier.ts';
import { createWait } from '../../src/daemon/waits.ts';
import { AppError } from '../../src/model/errors.ts';
import type {
  ExplainedDefinition,
  ExplainedFile,
  ExplainFacts,
  ExplainQuestion,
} from '../../src/model/explain.ts';
import type { SourceName } from '../../src/model/pack.ts';

const source = 'root:packs' as SourceName;
const path = 'ops/workflows/one.yaml';
const [first, second] = ['1'.repeat(64), '2'.repeat(64)];
const since = '2031-01-01T00:00:00.000Z';

const file: ExplainedFile = {
  ...{ source, path, role: 'workflow', ref: 'ops.one', pack_ref: 'ops', links: [], digest: first },
  ...{ state: 'valid', since, diagnostics: [] },
};
const manifest: ExplainedFile = { ...file, path: 'ops/pack.yaml', role: 'manifest', ref: 'ops' };
const definition: ExplainedDefinition = {
  ...{
    kind: 'workflow',
    id: 1,
    ref: 'ops.one',
    source,
    source_path: path,
    status: 'active',
    retired_at: null,
  },
  ...{ drifted: false, enabled: true, protected: false, number: 3, revision: 'abc', file_digest: first },
  ...{ pinned: null, pinned_over: null },
};
const batch = { batch: 'b1', state: 'open', reason: 'threshold', count: 1, refs: ['ops.one'] } as const;
const nothing: ExplainFacts = {
  ...{ files: [], manifests: [], linked: [], rivals: [], packs: [], definitions: [], batches: [] },
};
const served: ExplainFacts = { ...nothing, files: [file], manifests: [manifest], definitions: [definition] };
const invalid: ExplainFacts = { ...served, files: [{ ...file, digest: second, state: 'invalid' }] };

/** Barriers end as told, in turn, the last one for ever; `aborted` waits for its signal. */
function setUp(
  facts: readonly ExplainFacts[],
  ends: readonly BarrierEnd[] = ['passed'],
  onRead: () => void = () => undefined,
) {
  const asked: Omit<BarrierAsk, 'signal' | 'onTrouble'>[] = [];
  let reads = 0;
  const wait = createWait({
    barrier: {
      async pass({ source: of, scope, signal, onTrouble }) {
        asked.push({ source: of, scope });
        const end = ends[Math.min(asked.length, ends.length) - 1] ?? 'passed';
        if (end !== 'aborted') return end;
        onTrouble('the root is not there');
        if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
        return end;
      },
    },
    catalog: {
      async readFacts() {
        const answer = facts[Math.min(reads, facts.length - 1)];
        reads += 1;
        onRead();
        if (!answer) throw new AppError('database_unreachable', 'gone', { retryable: true });
        return answer;
      },
    },
    status: { rootOf: () => ({ state: 'healthy', unlisted: new Map() }) },
    sources: [source],
    // Short, yet the timer of the deadline gets its turn.
    sleep: () => sleep(1),
  });
  const about: ExplainQuestion = { about: 'path', source, path };
  return {
    asked,
    ask: (
      digest?: string,
      more: { timeoutMs?: number; about?: ExplainQuestion; signal?: AbortSignal } = {},
    ) =>
      wait(
        { about: more.about ?? about, digest, timeoutMs: more.timeoutMs ?? 5_000 },
        more.signal ?? new AbortController().signal,
      ),
  };
}

/** What one look at these facts says of the file, of these bytes. */
const judged = async (facts: ExplainFacts, digest?: string) => {
  const result = await setUp([facts]).ask(digest, { timeoutMs: 30 });
  return result.outcome === 'answered' ? result.answer : result;
};

describe('a wait for a path', () => {
  it('asks for a pass over the pack, and tells what is served when it is over', async () => {
    const { asked, ask } = setUp([served]);
    const on_disk = { digest: first, state: 'valid', since };
    expect(await ask(first)).toEqual({
      outcome: 'answered',
      answer: {
        ...{
          state: 'live',
          source,
          path,
          ref: 'ops.one',
          revision: 'abc',
          number: 3,
          on_disk,
          diagnostics: [],
        },
      },
    });
    expect(asked).toEqual([{ source, scope: 'ops' }]);
  });

  it('goes on until the bytes that are meant have come, and were looked at', async () => {
    const registered = {
      ...served,
      files: [{ ...file, digest: second }],
      definitions: [{ ...definition, file_digest: second, number: 4 }],
    };
    const { asked, ask } = setUp([served, served, registered]);
    expect(await ask(second)).toMatchObject({ answer: { state: 'live', number: 4 } });
    expect(asked).toHaveLength(3);
  });

  it('says at the end of its time what lies there, and what was in the way', async () => {
    expect(await judged(served, second)).toMatchObject({
      ...{
        state: 'timeout',
        reason: `other bytes lie on disk: SHA-256 ${first}`,
        on_disk: { digest: first },
      },
    });
    const away = await setUp([served], ['aborted']).ask(undefined, { timeoutMs: 20 });
    expect(away).toMatchObject({ answer: { state: 'timeout', reason: 'the root is not there' } });
    expect(away).not.toMatchObject({ answer: { state: 'live' } });
  });

  it('without time tells what is known, and calls live only the bytes that were named', async () => {
    const now = (facts: ExplainFacts, digest?: string) =>
      setUp([facts], ['aborted']).ask(digest, { timeoutMs: 0 });
    expect(await now(served, first)).toMatchObject({ answer: { state: 'live' } });
    expect(await now(served)).toMatchObject({ answer: { state: 'timeout' } });
    expect(await now(invalid, second)).toMatchObject({ answer: { state: 'timeout' } });
  });

  it('ends with the client or the daemon, with the database, and for a source nobody led', async () => {
    const gone = new AbortController();
    const hanging = setUp([served], ['aborted']).ask(undefined, { signal: gone.signal });
    gone.abort();
    expect(await hanging).toEqual({ outcome: 'refused', reason: 'aborted' });
    const stopped = new AbortController();
    const stopsWhileRead = setUp([served], ['passed'], () => stopped.abort());
    expect(await stopsWhileRead.ask(second, { signal: stopped.signal })).toEqual({
      ...{ outcome: 'refused', reason: 'aborted' },
    });
    await expect(setUp([]).ask()).rejects.toMatchObject({ code: 'database_unreachable' });
    expect(await setUp([served], ['unknown_source']).ask()).toMatchObject({ reason: 'unknown_source' });
  });

  it('asks for no pass over what can be no pack', async () => {
    const outside = { about: 'path', source, path: '../etc/pack.yaml' } as const;
    const { asked, ask } = setUp([nothing]);
    expect(await ask(first, { about: outside })).toMatchObject({ answer: { state: 'rejected' } });
    expect(asked).toEqual([]);
  });
});

describe('a wait for a ref', () => {
  const about = { about: 'ref', ref: 'ops.one', source: undefined } as const;
  const pack = { ref: 'ops', source, source_path: 'ops_dir', status: 'active' } as const;

  it.each([
    ['the pack of its file', served, 'ops'],
    ['the directory of its pack', { ...nothing, packs: [pack] }, 'ops_dir'],
    ['the whole root when nothing is known of it', nothing, 'all'],
  ])('asks for a pass over %s', async (_, facts, scope) => {
    const { asked, ask } = setUp([facts, served]);
    expect(await ask(undefined, { about })).toMatchObject({ answer: { state: 'live', ref: 'ops.one' } });
    expect(asked).toEqual([{ source, scope }]);
  });

  it('is refused for one that nothing is known of after that', async () => {
    expect(await setUp([nothing]).ask(undefined, { about })).toMatchObject({ reason: 'unknown_ref' });
  });

  it('looks at no disk for what was written over the API', async () => {
    const api = { ...nothing, definitions: [{ ...definition, source: 'api', source_path: null }] };
    const { asked, ask } = setUp([api]);
    expect(await ask(undefined, { about })).toMatchObject({ answer: { state: 'live', revision: 'abc' } });
    expect(asked).toEqual([]);
  });
});

describe('what a pass has left', () => {
  const gone = { ...nothing, definitions: [{ ...definition, status: 'degraded' as const }] };
  const badManifest = { ...served, manifests: [{ ...manifest, state: 'invalid' as const }] };
  const table: readonly (readonly [string, ExplainFacts, string | undefined, string])[] = [
    ['an invalid file', invalid, second, 'rejected'],
    ['an invalid file, whatever its bytes', invalid, undefined, 'rejected'],
    [
      'bytes that cannot be read',
      { ...served, files: [{ ...file, digest: null, state: 'unreadable' }] },
      second,
      'rejected',
    ],
    ['other bytes under a bad manifest', badManifest, second, 'rejected'],
    ['whatever lies under a bad manifest', badManifest, undefined, 'rejected'],
    ['the bytes served under a bad manifest', badManifest, first, 'live'],
    [
      'a challenger',
      { ...served, files: [{ ...file, state: 'conflict' }], definitions: [{ ...definition, source: 'api' }] },
      first,
      'rejected',
    ],
    ['a pin', { ...served, definitions: [{ ...definition, pinned: 1, pinned_over: 3 }] }, first, 'rejected'],
    [
      'a row changed by hand',
      { ...served, definitions: [{ ...definition, drifted: true }] },
      first,
      'rejected',
    ],
    ['a disabled definition', { ...served, definitions: [{ ...definition, enabled: false }] }, first, 'live'],
    [
      'a disabled definition of an invalid file',
      { ...invalid, definitions: [{ ...definition, enabled: false }] },
      second,
      'rejected',
    ],
    ['a file that is not registered yet', { ...served, definitions: [] }, first, 'timeout'],
    [
      'a file whose last bytes are not registered yet',
      { ...served, definitions: [{ ...definition, file_digest: second }] },
      first,
      'timeout',
    ],
    [
      'an action whose graph is invalid',
      {
        ...served,
        linked: [{ ...file, path: 'ops/g.yaml', state: 'invalid' }],
        definitions: [{ ...definition, file_digest: second }],
      },
      first,
      'rejected',
    ],
    [
      'a manifest',
      {
        ...nothing,
        files: [manifest],
        packs: [{ ref: 'ops', source, source_path: 'ops', status: 'active' }],
      },
      first,
      'live',
    ],
    ['no file, nothing served', nothing, undefined, 'live'],
    [
      'no file, and what it was is retired',
      { ...nothing, definitions: [{ ...definition, status: 'retired' }] },
      undefined,
      'live',
    ],
    ['a file where none is meant', served, 'absent', 'timeout'],
    ['no file where none is meant', nothing, 'absent', 'live'],
    ['no file, and it is served still', { ...nothing, definitions: [definition] }, undefined, 'timeout'],
    ['no file, and its removal is held', { ...gone, batches: [batch] }, undefined, 'rejected'],
    [
      'no file, and its removal was rejected',
      { ...gone, batches: [{ ...batch, state: 'rejected' }] },
      undefined,
      'rejected',
    ],
    [
      'no file, and its removal is approved',
      { ...gone, batches: [{ ...batch, state: 'approved' }] },
      undefined,
      'timeout',
    ],
    [
      'no file, and it is protected',
      { ...nothing, definitions: [{ ...definition, status: 'degraded', protected: true }] },
      undefined,
      'rejected',
    ],
    ['no file yet where bytes are meant', nothing, first, 'timeout'],
    [
      'no file, where bytes are meant that a bad manifest keeps out',
      { ...nothing, manifests: [{ ...manifest, state: 'invalid' }] },
      first,
      'rejected',
    ],
  ];

  it.each(table)('of %s', async (_, facts, digest, expected) => {
    const answer = await judged(facts, digest);
    expect(answer).toMatchObject({ state: expected });
    // Whoever is told no is told why.
    if (expected !== 'live') expect(answer).toMatchObject({ reason: expect.stringMatching(/./) });
    expect('revision' in answer).toBe(
      expected === 'live' &&
        'ref' in answer &&
        answer.ref === 'ops.one' &&
        facts.definitions[0]?.status === 'active',
    );
  });
});
