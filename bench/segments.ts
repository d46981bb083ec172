// Pieces of a generated task graph: each has one way in and hands on to the step after it.
import type { Random } from './random.ts';

/** What a piece is built from. Refs of the actions that it may call, and a counter for names within one workflow. */
export type SegmentPlace = {
  readonly random: Random;
  readonly actions: readonly [string, ...string[]];
  /** Name of the task that this piece begins with. */
  readonly entry: string;
  /** Name of the task that the piece after it begins with. */
  readonly following: string;
};

type Segment = (place: SegmentPlace) => string;

function input(random: Random): string {
  return random.pick([
    `    input:\n      target: "{{ parameters.target }}"\n      limit: ${random.between(1, 500)}\n`,
    `    input:\n      target: "{{ lower(parameters.target) }}"\n      limit: "{{ workflow.count + ${random.between(1, 9)} }}"\n      dry_run: ${random.chance(0.5)}\n`,
    `    input:\n      target: "{{ parameters.target }}-${random.between(10, 99)}"\n      options:\n        mode: fast\n        keep: [1, ${random.between(2, 30)}]\n`,
  ]);
}

const single: Segment = ({ random, actions, entry, following }) =>
  `  - name: ${entry}
    action: ${random.pick(actions)}
${input(random)}    timeout: ${random.between(5, 3600)}
    next:
      - when: "{{ succeeded() }}"
        publish:
          - count: "{{ workflow.count + ${random.between(1, 20)} }}"
        do: [${following}]
      - when: "{{ failed() or timed_out() }}"
        do: [give_up]
`;

const retried: Segment = ({ random, actions, entry, following }) =>
  `  - name: ${entry}
    action: ${random.pick(actions)}
${input(random)}    retry:
      count: ${random.between(2, 6)}
      delay: ${random.between(1, 10)}
      backoff: ${random.pick(['constant', 'linear', 'exponential'])}
      max_delay: ${random.between(10, 300)}
    next:
      - when: "{{ succeeded() }}"
        do: [${following}]
`;

const fanOut: Segment = ({ random, actions, entry, following }) =>
  `  - name: ${entry}
    action: ${random.pick(actions)}
    with_items: "{{ range(${random.between(2, 40)}) }}"
    concurrency: ${random.between(1, 8)}
    input:
      target: "{{ parameters.target }}/{{ item }}"
      limit: "{{ index * ${random.between(2, 9)} }}"
    next:
      - when: "{{ succeeded() and length(result()) > ${random.between(0, 3)} }}"
        publish:
          - found: "{{ result() }}"
        do: [${following}]
`;

const block: Segment = ({ random, actions, entry, following }) =>
  `  - name: ${entry}
    type: parallel
    tasks:
      - name: ${entry}_left
        action: ${random.pick(actions)}
        input: { target: "{{ parameters.target }}", limit: ${random.between(1, 99)} }
      - name: ${entry}_right
        action: ${random.pick(actions)}
        input: { target: "{{ parameters.target }}" }
    next:
      - when: "{{ succeeded() }}"
        do: [${following}]
`;

const forkJoin: Segment = ({ random, actions, entry, following }) =>
  `  - name: ${entry}
    action: ${random.pick(actions)}
    input: { target: "{{ parameters.target }}" }
    next:
      - when: "{{ succeeded() }}"
        do: [${entry}_a, ${entry}_b]
  - name: ${entry}_a
    action: ${random.pick(actions)}
    input: { target: "{{ parameters.target }}", limit: ${random.between(1, 99)} }
    next:
      - when: "{{ succeeded() }}"
        do: [${entry}_both]
  - name: ${entry}_b
    action: ${random.pick(actions)}
    input: { target: "{{ parameters.target }}" }
    next:
      - when: "{{ succeeded() }}"
        do: [${entry}_both]
  - name: ${entry}_both
    action: ${random.pick(actions)}
    join: 2
    input: { target: "{{ parameters.target }}" }
    next:
      - when: "{{ succeeded() }}"
        do: [${following}]
`;

const loop: Segment = ({ random, actions, entry, following }) => {
  const rounds = random.between(5, 50);
  return `  - name: ${entry}
    action: ${random.pick(actions)}
    input: { target: "{{ parameters.target }}" }
    next:
      - when: "{{ succeeded() }}"
        do: [${entry}_again]
  # Leads back to itself until the count is reached.
  - name: ${entry}_again
    action: ${random.pick(actions)}
    input: { target: "{{ parameters.target }}", limit: "{{ workflow.count }}" }
    next:
      - when: "{{ workflow.count < ${rounds} }}"
        publish:
          - count: "{{ workflow.count + 1 }}"
        do: [${entry}_again]
      - when: "{{ workflow.count >= ${rounds} }}"
        do: [${following}]
`;
};

/** Every kind of piece; the plain ones more than once, as in real packs. */
export const segments: readonly [Segment, ...Segment[]] = [
  single,
  single,
  single,
  retried,
  retried,
  fanOut,
  block,
  forkJoin,
  loop,
];

/** What every generated graph ends with: the good end and the bad one. */
export function lastTasks({ random, actions }: Pick<SegmentPlace, 'random' | 'actions'>): string {
  return `  - name: finish
    action: ${random.pick(actions)}
    input: { target: "{{ parameters.target }}", limit: "{{ workflow.count }}" }
  - name: give_up
    action: ${random.pick(actions)}
    input: { target: "{{ parameters.target }} failed" }
`;
}
