// Seeded packs in any number: options in, files out. Pure; nothing is written here.
// Every file is valid and nothing is to be found in it, so that a measured pass does the work of a good day.
import { createRandom, type Random } from './random.ts';
import { lastTasks, segments } from './segments.ts';
import { domains, nouns, prose, tags, verbs } from './words.ts';

export type GenerateOptions = {
  /** Same seed and options: the same bytes. */
  readonly seed: number;
  /** Number of packs, at least 1. */
  readonly packs: number;
  readonly workflowsPerPack: number;
  /**
   * Mean size of a workflow file; single ones are 30 % smaller to 30 % larger. 1,200 to 65,536.
   * @default 1900
   */
  readonly bytesPerWorkflow?: number;
  /**
   * Plain actions in each pack, which its workflows call; at least 1.
   * @default 4
   */
  readonly actionsPerPack?: number;
};

/** A file of a generated root; the path is POSIX and relative to it. */
export type GeneratedFile = { readonly path: string; readonly content: string };

const smallest = 1_200;
const largest = 65_536;

/**
 * The files of `packs` packs, pack by pack: the manifest, the actions, the workflows. A workflow depends on the seed, its
 * pack and its number alone, so a larger corpus contains the smaller one. Throws a RangeError on bad options.
 */
export function* generatePacks(options: GenerateOptions): Generator<GeneratedFile, void, undefined> {
  const { seed, packs, workflowsPerPack, bytesPerWorkflow = 1900, actionsPerPack = 4 } = options;
  if (bytesPerWorkflow < smallest || bytesPerWorkflow > largest) {
    throw new RangeError(`bytesPerWorkflow must be ${smallest} to ${largest}, is ${bytesPerWorkflow}`);
  }
  if (packs < 1 || actionsPerPack < 1 || workflowsPerPack < 0) {
    throw new RangeError('packs and actionsPerPack must be at least 1, workflowsPerPack at least 0');
  }
  for (let number = 0; number < packs; number += 1) {
    const random = createRandom(seed, number);
    const pack = `${random.pick(domains)}_${number}`;
    yield { path: `${pack}/pack.yaml`, content: manifest(random, pack) };
    const actions = names(actionsPerPack, random);
    for (const action of actions) {
      yield { path: `${pack}/actions/${action}.yaml`, content: actionFile(random, `${pack}.${action}`) };
    }
    const refs = actions.map((action) => `${pack}.${action}`) as [string, ...string[]];
    for (let index = 0; index < workflowsPerPack; index += 1) {
      yield workflowFile({ seed, number, index, pack, actions: refs, bytes: bytesPerWorkflow });
    }
  }
}

function names(count: number, random: Random): string[] {
  return Array.from({ length: count }, (_, index) => `do_${random.pick(verbs)}_${index}`);
}

function sentence(random: Random, words: number): string {
  return Array.from({ length: words }, () => random.pick(prose)).join(' ');
}

function manifest(random: Random, pack: string): string {
  return `ref: ${pack}
label: ${pack.replace('_', ' ')}
description: ${sentence(random, 12)}.
version: ${random.between(0, 4)}.${random.between(0, 20)}.${random.between(0, 9)}
tags: [${random.pick(tags)}]
`;
}

function actionFile(random: Random, ref: string): string {
  return `ref: ${ref}
label: ${ref}
description: ${sentence(random, 10)}.
entry_point: run.sh
runner_type: ${random.pick(['shell', 'python', 'nodejs'])}
parameters:
  target: { type: string, required: true }
  limit: { type: integer, default: ${random.between(1, 100)} }
  dry_run: { type: boolean, default: false }
  options: { type: object }
output_format: json
`;
}

type WorkflowPlace = {
  readonly seed: number;
  readonly number: number;
  readonly index: number;
  readonly pack: string;
  readonly actions: readonly [string, ...string[]];
  readonly bytes: number;
};

function workflowFile({ seed, number, index, pack, actions, bytes }: WorkflowPlace): GeneratedFile {
  // Neighbours share one deviation with opposite signs: the mean holds for a handful of files too.
  const deviation = (createRandom(seed, number, index >> 1).next() - 0.5) * 0.6;
  const target = Math.round(bytes * (1 + (index % 2 === 0 ? deviation : -deviation)));

  const random = createRandom(seed, number, index, 1);
  const name = `${random.pick(verbs)}_${random.pick(nouns)}_${index}`;
  const head = workflowHead(random, `${pack}.${name}`);
  const tail = `${lastTasks({ random, actions })}
output_map:
  count: "{{ workflow.count }}"
`;
  const tasks = taskList(random, actions, target - byteLength(head) - byteLength(tail));
  const short = target - byteLength(head) - byteLength(tasks) - byteLength(tail);
  return {
    path: `${pack}/workflows/${name}.yaml`,
    content: comment(random, short) + head + tasks + tail,
  };
}

function workflowHead(random: Random, ref: string): string {
  const parameters = random.chance(0.3)
    ? `parameters:
  type: object
  required: [target]
  properties:
    target: { type: string, minLength: 1 }
    limit: { type: integer, minimum: 0, default: ${random.between(1, 99)} }
`
    : `parameters:
  target: { type: string, required: true, description: ${sentence(random, 5)} }
  limit: { type: integer, default: ${random.between(1, 99)} }
`;
  const policy = random.chance(0.2) ? 'cancellation_policy: cancel_running\n' : '';
  return `ref: ${ref}
label: ${ref.replace('.', ' ').replaceAll('_', ' ')}
description: ${sentence(random, random.between(6, 14))}.
version: ${random.between(0, 9)}.${random.between(0, 30)}.${random.between(0, 9)}
tags: [${random.pick(tags)}, generated]
${policy}${parameters}output:
  count: { type: integer }

vars:
  count: ${random.between(0, 5)}
  found: []

tasks:
`;
}

/** Pieces until the budget (bytes) is used up; the first one leads to both ends, so that both can be reached. */
function taskList(random: Random, actions: WorkflowPlace['actions'], budget: number): string {
  const chosen: string[] = [];
  let used = 0;
  for (let refused = 0; refused < 3; ) {
    const kind = chosen.length === 0 ? segments[0] : random.pick(segments);
    const step = chosen.length + 1;
    const piece = kind({ random, actions, entry: `step_${step}`, following: `step_${step + 1}` });
    const size = byteLength(piece);
    if (chosen.length > 0 && used + size > budget) {
      refused += 1;
      continue;
    }
    chosen.push(piece);
    used += size;
  }
  const beyond = `[step_${chosen.length + 1}]`;
  return chosen.join('').replaceAll(beyond, '[finish]');
}

/** A comment of exactly this many bytes; nothing below two. */
function comment(random: Random, bytes: number): string {
  let text = '';
  for (let left = bytes; left >= 2; ) {
    const size = left <= 110 ? left : 100;
    let line = '#';
    for (
      let word = random.pick(prose);
      byteLength(line) + byteLength(word) + 2 <= size;
      word = random.pick(prose)
    ) {
      line += ` ${word}`;
    }
    text += `${line}${'.'.repeat(size - byteLength(line) - 1)}\n`;
    left -= size;
  }
  return text;
}

function byteLength(text: string): number {
  return Buffer.byteLength(text);
}
