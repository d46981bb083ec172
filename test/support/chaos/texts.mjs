// What files of the model world say, and the texts that say it: a text is made from its meaning, so that nothing has to be parsed.

/** A file: `says` is its meaning, `text` what lies on disk. `isHidden`: nobody can read it. */
function file(says, lines) {
  return { says, text: `${lines.join('\n')}\n`, isHidden: false, notes: 0 };
}

export function manifestFile(ref, label) {
  return file({ kind: 'manifest', ref, label }, [`ref: ${ref}`, `label: ${label}`, 'version: 1.0.0']);
}

export function workflowFile(label) {
  const task = ['tasks:', '  - name: one', '    action: core.echo'];
  return file({ kind: 'workflow', label }, [`label: ${label}`, 'version: 1.0.0', ...task]);
}

const written = (ref) => (ref === undefined ? [] : [`ref: ${ref}`]);

/** An action that names a graph of `actions/workflows/`; what it says of itself goes into the definition. `ref`: as written. */
export function linkingFile(graph, description, ref) {
  const lines = [...written(ref), `description: ${description}`, `workflow_file: workflows/${graph}.yaml`];
  return file({ kind: 'action', graph, description, written: ref }, lines);
}

export function plainFile(label, ref) {
  const lines = [...written(ref), `label: ${label}`, 'entry_point: run.sh'];
  return file({ kind: 'action', graph: undefined, label, written: ref }, lines);
}

/** No YAML at all, or, where a list of tasks is asked for, YAML of another shape. */
export function brokenFile(number, role) {
  const isShape = role === 'workflow' && number % 2 === 1;
  const lines = isShape ? ['version: 1.0.0', 'tasks: nothing'] : ['label: ['];
  return file({ kind: 'broken' }, [`# ${number}`, ...lines]);
}

/** The same with another comment in front: other bytes, same meaning. */
export function commented(one) {
  const notes = one.notes + 1;
  return { ...one, notes, text: `# note ${notes}\n${one.text.replace(/^# note \d+\n/, '')}` };
}

/** What its place makes of a file. */
export function roleOf(path) {
  const inPack = path.slice(path.indexOf('/') + 1);
  if (inPack === 'pack.yaml') return 'manifest';
  return inPack.startsWith('actions/') && !inPack.startsWith('actions/workflows/') ? 'action' : 'workflow';
}

/** `deploy` for `ops/workflows/deploy.workflow.yaml`. */
export function nameOf(path) {
  const stem = path.slice(path.lastIndexOf('/') + 1).replace(/\.ya?ml$/, '');
  return stem.replace(/\.workflow$/, '');
}

export function dirOf(path) {
  return path.slice(0, path.indexOf('/'));
}

/** `/workflows/deploy.yaml` for `ops/workflows/deploy.yaml`. */
export function placeOf(path) {
  return path.slice(path.indexOf('/'));
}

/** True when a file is readable and says something. */
export function isGood(one) {
  return one !== undefined && !one.isHidden && one.says.kind !== 'broken';
}

/** What tells revisions of one ref apart. */
export function contentOf(label, description) {
  return `${label}/${description ?? ''}`;
}
