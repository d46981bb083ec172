import { describe, expect, it } from 'vitest';
import { createMetrics } from '../../src/telemetry/metrics.ts';

const contract = `definitions problems files passes_total pass_duration_seconds save_to_live_seconds files_parsed_total
  parse_cache_lookups_total rows_written_total watch_events_total watch_events_missed_total watch_mode held_removals
  last_success_timestamp_seconds last_scan_timestamp_seconds pending_paths leader db_errors_total
  http_request_duration_seconds`;

function names(body: string): string[] {
  return [...body.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name ?? '');
}

describe('createMetrics', () => {
  it('has exactly the metrics of the contract', async () => {
    const { body, contentType } = await createMetrics({ defaultMetrics: false }).text();
    expect(names(body).sort()).toEqual(
      contract
        .split(/\s+/)
        .map((name) => `packwatch_${name}`)
        .sort(),
    );
    expect(contentType).toContain('text/plain');
  });

  it('calls counters _total and nothing else, and says what each is', async () => {
    const { body } = await createMetrics({ defaultMetrics: true }).text();
    const types = [...body.matchAll(/^# HELP (\S+) (.*)\n# TYPE \S+ (\S+)$/gm)];
    expect(types.length).toBeGreaterThan(35);
    expect(types).toHaveLength(names(body).length);
    for (const [, name = '', help = '', type = ''] of types) {
      expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter']);
      expect([name, /^[A-Z1].{5,}\.$/.test(help)]).toEqual([name, true]);
      expect([name, /(?:milli|micro|nano)?(?<!_)seconds|_ms\b|kilo|mega/.test(name)]).toEqual([name, false]);
    }
  });

  it('adds those of the process when asked, any number of times', async () => {
    const bodies = await Promise.all([1, 2].map(() => createMetrics({ defaultMetrics: true }).text()));
    for (const { body } of bodies) expect(names(body)).toContain('process_cpu_seconds_total');
  });

  it('records each fact under the labels of the contract', async () => {
    const metrics = createMetrics({ defaultMetrics: false });
    metrics.setDefinitions({ active: 5, degraded: 1 });
    metrics.setFiles(9);
    metrics.passFinished('watch', 'applied', { load: 0.02, apply: 0.2 });
    metrics.savedToLive(0.12);
    metrics.filesParsed(3);
    metrics.cacheLookup('hit', 2);
    metrics.rowsWritten('registered', 4);
    metrics.watchEvent();
    metrics.watchEventsMissed(2);
    metrics.setWatchMode('packs', 'events');
    metrics.setWatchMode('packs', 'poll');
    metrics.setHeldRemovals(7);
    metrics.setLastSuccess(100);
    metrics.setLastScan(101);
    metrics.setPendingPaths(6);
    metrics.setLeader('root:packs', true);
    metrics.databaseError('unreachable');
    metrics.httpRequest({ route: '/api/v1/workflows/:ref', method: 'GET', status: 200 }, 0.002);
    const { body } = await metrics.text();
    for (const line of [
      'definitions{status="active"} 5',
      'definitions{status="retired"} 0',
      'files 9',
      'passes_total{cause="watch",outcome="applied"} 1',
      'pass_duration_seconds_count{stage="load"} 1',
      'save_to_live_seconds_bucket{le="0.15"} 1',
      'files_parsed_total 3',
      'parse_cache_lookups_total{result="hit"} 2',
      'rows_written_total{verb="registered"} 4',
      'watch_events_total 1',
      'watch_events_missed_total 2',
      'watch_mode{root="packs",mode="events"} 0',
      'watch_mode{root="packs",mode="poll"} 1',
      'held_removals 7',
      'last_success_timestamp_seconds 100',
      'last_scan_timestamp_seconds 101',
      'pending_paths 6',
      'leader{source="root:packs"} 1',
      'db_errors_total{kind="unreachable"} 1',
      'http_request_duration_seconds_count{route="/api/v1/workflows/:ref",method="GET",status="200"} 1',
    ]) {
      expect(body.split('\n')).toContain(`packwatch_${line}`);
    }
  });

  it('tells codes that are none, or too many, together', async () => {
    const metrics = createMetrics({ defaultMetrics: false });
    const strange = ['ops/workflows/page.yaml', 'a"}\n', 'lower', 'X'.repeat(100)];
    const many = Array.from({ length: 500 }, (_, at) => `CODE_${at}`);
    metrics.setProblems(new Map([...strange, ...many].map((code) => [code, 1])));
    const { body } = await metrics.text();
    const series = body.match(/^packwatch_problems\{.*$/gm) ?? [];
    expect(series).toHaveLength(201);
    expect(series).toContain('packwatch_problems{code="other"} 304');
  });

  it('drops the series of a problem that is gone', async () => {
    const metrics = createMetrics({ defaultMetrics: false });
    metrics.setProblems(new Map([['YAML_SYNTAX', 2]]));
    metrics.setProblems(new Map([['REF_CONFLICT', 1]]));
    const { body } = await metrics.text();
    expect(body).toContain('packwatch_problems{code="REF_CONFLICT"} 1');
    expect(body).not.toContain('YAML_SYNTAX');
  });
});
