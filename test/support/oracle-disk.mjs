// Disk → packs, files and whether each is good: written a second time, with the other parser, and nothing of src/.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import yaml from 'yaml';

const directories = { actions: 'action', workflows: 'workflow', 'actions/workflows': 'workflow' };
const refForm = /^[a-z][a-z0-9_-]{1,63}$/;
const nameForm = /^[a-z0-9][a-z0-9_-]*$/;
const versionForm = /^\d+\.\d+\.\d+/;

/**
 * The packs below a root, by directory. A pack: `{ dir, manifest, ref, isGood, files }`; `files` maps a path to
 * `{ path, role, text, digest, value, isGood, reads }`. `judge` may overrule: false is a bad file, true a good one.
 */
export function readDisk(root, judge = () => undefined) {
  const packs = new Map();
  for (const dir of namesIn(root)) {
    if (dir.startsWith('.') || dir === 'node_modules' || !isDirectory(join(root, dir))) continue;
    const pack = readPack(root, dir, judge);
    if (pack) packs.set(dir, pack);
  }
  return packs;
}

/** `deploy` for `ops/workflows/deploy.workflow.yaml`. */
export function nameOf(path) {
  return path
    .slice(path.lastIndexOf('/') + 1)
    .replace(/\.ya?ml$/, '')
    .replace(/\.workflow$/, '');
}

function readPack(root, dir, judge) {
  const present = new Set(namesIn(join(root, dir)));
  const manifests = ['pack.yaml', 'pack.yml'].filter((name) => present.has(name));
  // Not a pack now; one that was registered here is kept while the directory stands.
  const isOther = manifests.length === 0 && !present.has('workflows') && !present.has('actions');
  const files = new Map();
  const add = (path, role) => files.set(path, readFile(root, path, role, judge));
  for (const name of manifests) add(`${dir}/${name}`, 'manifest');
  for (const [directory, role] of Object.entries(directories)) {
    for (const name of namesIn(join(root, dir, directory)))
      if (/^[^.].*\.ya?ml$/s.test(name)) add(`${dir}/${directory}/${name}`, role);
  }
  const manifest = files.get(`${dir}/${manifests[0]}`);
  const isGood = manifest?.isGood === true;
  const pack = { dir, isOther, isGood, manifest, ref: isGood ? manifest.value.ref : undefined, files };
  if (isGood) judgeRefs(pack);
  return pack;
}

function readFile(root, path, role, judge) {
  const file = { path, role, text: undefined, digest: null, value: undefined, isGood: false, reads: false };
  let bytes;
  try {
    bytes = readFileSync(join(root, path));
  } catch {
    return file; // out of reach: what it was registered for is kept
  }
  file.text = bytes.toString('utf8');
  file.reads = true;
  file.digest = createHash('sha256').update(bytes).digest('hex');
  const document = yaml.parseDocument(file.text, { uniqueKeys: true, logLevel: 'silent' });
  if (document.errors.length === 0) file.value = document.toJS();
  file.isGood = judge(path, file.text) ?? (bytes.length <= 1_048_576 && hasShape(role, file.value));
  return file;
}

function hasShape(role, value) {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  switch (role) {
    case 'manifest':
      return matches(refForm, value.ref) && matches(versionForm, value.version);
    case 'action':
      // Everything an action may say has a default; a ref that is no text is judged below.
      return true;
    default:
      return matches(versionForm, value.version) && Array.isArray(value.tasks) && value.tasks.length > 0;
  }
}

function matches(form, value) {
  return typeof value === 'string' && form.test(value);
}

/** Fills in the ref each file claims; a good file with a bad ref, or a link to nothing, is no good. */
function judgeRefs(pack) {
  for (const file of pack.files.values()) {
    if (file.role === 'manifest') {
      if (file !== pack.manifest) file.isGood = false;
      continue;
    }
    const given = file.role === 'action' ? file.value?.ref : undefined;
    file.ref = typeof given === 'string' ? given : `${pack.ref}.${nameOf(file.path)}`;
    const [owner, name] = [file.ref.slice(0, pack.ref.length), file.ref.slice(pack.ref.length + 1)];
    if (file.role === 'action' && (owner !== pack.ref || !nameForm.test(name))) file.isGood = false;
    if (!file.isGood || file.role !== 'action' || file.value.workflow_file === undefined) continue;
    file.graph = join(pack.dir, 'actions', file.value.workflow_file);
    if (pack.files.get(file.graph)?.role !== 'workflow') file.isGood = false;
  }
}

function namesIn(directory) {
  try {
    return readdirSync(directory).sort();
  } catch {
    return []; // nothing there
  }
}

function isDirectory(path) {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
