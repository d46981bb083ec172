// How the examples of the catalogue are written: whole files, so that each can be tried, and commands for what no text can do.

/** The file that examples are about, unless they say otherwise; the pack is `shop`, with a manifest of its own. */
const workflowPath = 'workflows/deploy.yaml';

/** A file of the pack, its path in the first line as a comment. Several are joined with an empty line. */
export function file(path: string, ...lines: readonly string[]): string {
  return [`# ${path}`, ...lines].join('\n');
}

/** The lines of a workflow file. */
export function workflow(...lines: readonly string[]): string {
  return file(workflowPath, ...lines);
}

/** The lines of the list of tasks of a workflow. */
export function tasks(...lines: readonly string[]): string {
  return workflow('version: 1.0.0', 'tasks:', ...lines.map((line) => `  ${line}`));
}

/** The lines of one task, behind its name and its action. */
export function task(...lines: readonly string[]): string {
  return tasks('- name: build', '  action: core.build', ...lines.map((line) => `  ${line}`));
}

/** The lines of an action file. */
export function action(...lines: readonly string[]): string {
  return file('actions/deploy.yaml', 'ref: shop.deploy', ...lines);
}

/** The lines of a manifest. */
export function manifest(...lines: readonly string[]): string {
  return file('pack.yaml', ...lines);
}

/** A command, given in the directory of the pack. */
export function shell(command: string): string {
  return `$ ${command}`;
}
