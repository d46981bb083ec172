import { describe, expect, it } from 'vitest';
import type { PackPath } from '../../src/model/pack.ts';
import { plainStyle } from '../../src/output/style.ts';
import { renderWorkflow, type ShownWorkflow } from '../../src/output/workflow-text.ts';
import { diagnostic, shownWorkflow } from '../support/api-samples.ts';

function onDisk(columns: Partial<ShownWorkflow>): string | undefined {
  const shown = renderWorkflow({ ...shownWorkflow, ...columns }, { style: plainStyle, columns: 80 });
  return shown.split('\n').find((line) => line.startsWith('on disk'));
}

describe('what lies on disk of a workflow', () => {
  const { digest } = shownWorkflow.served;
  const file = { state: 'valid', digest, since: '2026-01-02T03:04:05.000Z' } as const;
  const bad = { ...diagnostic, path: 'ops/actions/a.yaml' as PackPath };

  it('is as it is served, or not', () => {
    const active = { status: 'active', diagnostics: [] } as const;
    expect(onDisk({ ...active, on_disk: file })).toBe(
      'on disk  valid, as it is served, since 2026-01-02 03:04 UTC',
    );
    expect(onDisk({ ...active, on_disk: { ...file, digest: 'another' } })).toContain(
      'valid, not as it is served',
    );
    expect(onDisk({ ...active, on_disk: null })).toContain('the file is gone');
  });

  it('names the action that is at fault where the graph is fine', () => {
    expect(onDisk({ status: 'degraded', on_disk: file, diagnostics: [bad] })).toContain(
      'as it is served, since 2026-01-02 03:04 UTC, but ops/actions/a.yaml is at fault',
    );
    const warning = { ...bad, severity: 'warning' } as const;
    expect(onDisk({ status: 'degraded', on_disk: file, diagnostics: [warning] })).not.toContain('at fault');
    const broken = { ...file, state: 'invalid' } as const;
    expect(onDisk({ status: 'degraded', on_disk: broken, diagnostics: [bad] })).not.toContain('at fault');
  });
});
