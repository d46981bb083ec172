// Path → role: what a file in a pack is for, told by its place alone. Pure.
import type { FileRole, PackDir, PackPath } from '../model/pack.ts';

/** Directories of a pack that hold files of ours, relative to the pack; others belong to the platform. */
export const packDirectories = ['actions', 'workflows', 'actions/workflows'] as const;

/** True for a directory below a root that may be a pack: hidden ones and `node_modules` never are. */
export function mayBePack(name: string): boolean {
  return !name.startsWith('.') && name !== 'node_modules';
}

/** True for the names an author gives a definition: `*.yaml`, `*.yml`, not hidden. Editors' temporary files never match. */
export function isDefinitionFile(name: string): boolean {
  return /^[^.].*\.ya?ml$/s.test(name);
}

/** The role of a file at this path, or undefined when it is none of ours. */
export function roleOf(path: PackPath): FileRole | undefined {
  const [, ...inPack] = path.split('/');
  const name = inPack.pop();
  if (name === undefined) return undefined;
  const directory = inPack.join('/');
  if (directory === '') return name === 'pack.yaml' || name === 'pack.yml' ? 'manifest' : undefined;
  if (!isDefinitionFile(name)) return undefined;
  if (directory === 'actions') return 'action';
  return directory === 'workflows' || directory === 'actions/workflows' ? 'workflow' : undefined;
}

/** The pack directory a path lies in: its first segment. */
export function packDirOf(path: PackPath): PackDir {
  const slash = path.indexOf('/');
  return (slash < 0 ? path : path.slice(0, slash)) as string as PackDir;
}

/** `/workflows/deploy.yaml` for `ops/workflows/deploy.yaml`: where a file lies whatever the pack's directory is called. */
export function placeInPack(path: PackPath): string {
  return path.slice(packDirOf(path).length);
}

/** `deploy` for `ops/workflows/deploy.workflow.yaml`: the file stem less a trailing `.workflow`. */
export function nameOf(path: PackPath): string {
  const stem = path.slice(path.lastIndexOf('/') + 1).replace(/\.ya?ml$/, '');
  return stem.replace(/\.workflow$/, '');
}

/** Directories and file below the pack, at most: no link leads deeper, and every path fits the registry's index. */
const maxDepth = 8;

/** Where a `workflow_file` of an action in `dir` points, or undefined when it leaves the pack. */
export function linkTarget(dir: PackDir, workflowFile: string): PackPath | undefined {
  if (workflowFile.startsWith('/') || workflowFile.includes('\0') || workflowFile.includes('\\'))
    return undefined;
  const segments: string[] = ['actions'];
  for (const segment of workflowFile.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment !== '..') {
      // Names that begin with two dots are a volume's own: what they hold is reached by the links to it, or is not meant to be.
      if (segment.startsWith('..')) return undefined;
      segments.push(segment);
    } else if (segments.pop() === undefined) return undefined;
  }
  return segments.length === 0 || segments.length > maxDepth
    ? undefined
    : ([dir, ...segments].join('/') as PackPath);
}
