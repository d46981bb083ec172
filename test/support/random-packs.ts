// Small packs at random: actions with graphs and without, workflows, files that no rule accepts, several that claim one ref.
import fc from 'fast-check';
import type { Finding } from '../../src/model/diagnostic.ts';
import { unreadable } from './memory-disk.ts';
import { action, badFlow, flow, type Texts } from './pure-pass.ts';

export const paths = [
  'ops/actions/a.yaml',
  'ops/actions/b.yaml',
  'ops/actions/a.yml',
  'ops/actions/workflows/a.workflow.yaml',
  'ops/actions/workflows/c.yaml',
  'ops/workflows/a.yaml',
  'ops/workflows/b.yml',
  'ops/workflows/C.yaml',
  'ops/graphs/a.yaml',
] as const;

const ref = fc.constantFrom(undefined, 'ops.a', 'ops.b', 'ops.z', 'core.a');
const graph = fc.constantFrom(
  undefined,
  'workflows/a.workflow.yaml',
  'workflows/c.yaml',
  '../workflows/a.yaml',
  '../workflows/none.yaml',
  '../graphs/a.yaml',
  '../../x.yaml',
);
export const broken = fc.constantFrom<string | Finding>('', badFlow, '{', 'ref: ops.b\nx: [', unreadable);
const head = fc.constantFrom('', '# said\n', 'label: L\n');

const actionText = fc
  .record({ ref, graph, head })
  .map(({ ref, graph, head }) =>
    action({ head, ...(ref === undefined ? {} : { ref }), ...(graph === undefined ? {} : { graph }) }),
  );
const flowText = fc
  .record({ x: fc.constantFrom(1, 2), head, ref })
  .map(({ x, head, ref }) => flow(x, head + (ref === undefined ? '' : `ref: ${ref}\n`)));

function content(path: string): fc.Arbitrary<string | Finding> {
  const good = !/^ops\/actions\/[^/]+$/.test(path) ? flowText : actionText;
  return fc.oneof({ weight: 4, arbitrary: good }, { weight: 1, arbitrary: broken });
}

/** The pack `ops`: some of the paths, each with some content. */
export const pack: fc.Arbitrary<Texts> = fc
  .tuple(...paths.map((path) => fc.option(content(path), { nil: undefined })))
  .map((texts) => {
    const entries = paths.map((path, index) => [path, texts[index]] as const);
    return Object.fromEntries(entries.filter(([, text]) => text !== undefined)) as Texts;
  });

/** Packs that came one after another. */
export const history = fc.array(pack, { maxLength: 4 });
