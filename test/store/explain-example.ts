// A registry with a file in every situation that `explain` tells of.
import { createDecisions } from '../../src/store/decisions.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { type Applier, action, createApplier, diagnostic, file, workflow } from './catalog-fixture.ts';

/** A workflow's file in pack `ops`. */
export const at = (name: string) => `ops/workflows/${name}.yaml`;

export async function fillSituations(test: TestDatabase): Promise<void> {
  const main = await createApplier(test.database);
  const names = [
    'good',
    'edited',
    'broken',
    'pinned',
    'off',
    'gone',
    'held',
    'refused',
    'agreed',
    'safe',
    'drifted',
    'first',
  ];
  await main.apply(
    'ops',
    ...names.map((name) => workflow(`ops.${name}`)),
    workflow('ops.linked', { path: 'ops/actions/workflows/g.yaml', action: 'ops/actions/linked.yaml' }),
    workflow('ops.mute', { path: 'ops/actions/workflows/m.yaml', action: 'ops/actions/mute.yaml' }),
    workflow('ops.spoilt', { path: 'ops/actions/workflows/s.yaml', action: 'ops/actions/spoilt.yaml' }),
    {
      actions: [action('ops.echo', { path: 'ops/actions/echo.yaml', isWorkflow: false })],
      files: [
        file('ops/pack.yaml', { role: 'manifest', ref: 'ops' }),
        file('ops/actions/echo.yaml', { role: 'action', ref: 'ops.echo' }),
      ],
    },
  );
  await main.apply('ops', workflow('ops.pinned', { label: 'Another', text: 'new' }));
  await spoil(test, main);
  await decide(test);
}

/** What happens to the files of `ops` afterwards, and packs that never were as they should be. */
async function spoil(test: TestDatabase, main: Applier): Promise<void> {
  const lost = ['gone', 'held', 'refused', 'agreed', 'safe'];
  const conflict = (path: string) => [diagnostic(path, 'REF_CONFLICT')];
  await main.apply('ops', {
    degrade: ['ops.broken', 'ops.held', 'ops.refused', 'ops.agreed', 'ops.safe', 'ops.spoilt', 'ops.mute'],
    retire: ['ops.gone'],
    retire_actions: ['ops.gone'],
    removed_files: lost.map(at),
    files: [
      file(at('edited'), { ref: 'ops.edited', text: 'newer' }),
      file(at('broken'), {
        ...{ ref: 'ops.broken', state: 'invalid', text: 'newer' },
        diagnostics: [
          diagnostic(at('broken'), 'YAML_SYNTAX', 'error', 3),
          diagnostic(at('broken'), 'YAML_TAG', 'error', 5),
        ],
      }),
      file(at('never'), {
        ...{ ref: 'ops.never', state: 'invalid' },
        diagnostics: [diagnostic(at('never'), 'SCHEMA_REQUIRED')],
      }),
      file(at('first'), { ref: 'ops.first', state: 'conflict', diagnostics: conflict(at('first')) }),
      file('ops/workflows/first.yml', {
        ref: 'ops.first',
        state: 'conflict',
        diagnostics: conflict('ops/workflows/first.yml'),
      }),
      file('ops/actions/spoilt.yaml', {
        ...{ role: 'action', ref: 'ops.spoilt', state: 'invalid', links: ['ops/actions/workflows/s.yaml'] },
        diagnostics: [diagnostic('ops/actions/spoilt.yaml', 'SCHEMA_TYPE')],
      }),
      // Too broken to tell which graph it names.
      file('ops/actions/mute.yaml', {
        ...{ role: 'action', ref: 'ops.mute', state: 'invalid' },
        diagnostics: [diagnostic('ops/actions/mute.yaml', 'YAML_SYNTAX')],
      }),
      file(at('fresh'), { ref: 'ops.fresh' }),
      file('ops/actions/two.yaml', {
        role: 'action',
        ref: 'ops.two',
        links: ['ops/actions/workflows/two.yaml'],
      }),
      file('ops/actions/three.yaml', {
        role: 'action',
        ref: 'ops.three',
        links: ['ops/actions/workflows/two.yaml'],
      }),
      file('ops/actions/workflows/two.yaml'),
      {
        ...file(at('locked'), {
          ref: 'ops.locked',
          state: 'unreadable',
          diagnostics: [diagnostic(at('locked'), 'READ_DENIED')],
        }),
        digest: null,
      },
    ],
  });
  await main.apply('kept', workflow('kept.a'), workflow('kept.b'), {
    files: [file('kept/pack.yaml', { role: 'manifest', ref: 'kept' })],
  });
  const bad = (path: string) => ({
    state: 'invalid' as const,
    diagnostics: [diagnostic(path, 'PACK_VERSION', 'error', 2)],
  });
  await main.apply('kept', {
    files: [
      file('kept/pack.yaml', { role: 'manifest', ref: 'kept', text: 'bad', ...bad('kept/pack.yaml') }),
      file('kept/workflows/b.yaml', { ref: 'kept.b', text: 'newer' }),
    ],
  });
  await main.apply(null, {
    files: [
      file('bad/pack.yaml', { role: 'manifest', ...bad('bad/pack.yaml') }),
      file('bad/workflows/x.yaml', { ref: 'bad.x' }),
      file('bare/workflows/x.yaml'),
      file('web/workflows/form.yaml', {
        ...{ ref: 'web.form', state: 'conflict', diagnostics: conflict('web/workflows/form.yaml') },
      }),
    ],
  });
  const api = await createApplier(test.database, 'api');
  await api.apply('web', { ...workflow('web.form'), files: [] });
}

async function decide(test: TestDatabase): Promise<void> {
  const decisions = createDecisions(test.database);
  await decisions.rollBack('ops.pinned', 1);
  await decisions.setOverlay('ops.off', 'disabled');
  await decisions.setOverlay('ops.safe', 'protected');
  await test.query("update workflow_definition set label = 'by hand' where ref = 'ops.drifted'");
  await test.query(`insert into held_batch (id, source, reason, refs, pending, of, state) values
    ('b1', 'root:main', 'threshold', '{ops.held,ops.x}', '{ops.held,ops.x}', 5, 'open'),
    ('b2', 'root:main', 'root_empty', '{ops.refused}', '{ops.refused}', 5, 'rejected'),
    ('b3', 'root:main', 'threshold', '{ops.agreed}', '{ops.agreed}', 5, 'approved')`);
}
