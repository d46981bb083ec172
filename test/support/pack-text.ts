// What an author writes, as short as it can be and still be valid.

export function manifestText(ref: string): string {
  return `ref: ${ref}\nlabel: ${ref}\nversion: 1.0.0\n`;
}

/** An action with a script behind it. */
export function actionText(ref: string): string {
  return `ref: ${ref}\nlabel: ${ref}\nentry_point: ${ref.split('.')[1]}.sh\n`;
}

export type WorkflowText = {
  readonly label?: string;
  readonly description?: string;
  /** Value of a variable; another value is another revision. */
  readonly x?: number | string;
  readonly comment?: string;
};

/** A workflow of one task; the name comes from its file. */
export function workflowText({ label, description, x = 1, comment }: WorkflowText = {}): string {
  return [
    ...(comment === undefined ? [] : [`# ${comment}`]),
    ...(label === undefined ? [] : [`label: ${label}`]),
    ...(description === undefined ? [] : [`description: ${description}`]),
    'version: 1.0.0',
    'vars:',
    `  x: ${x}`,
    'tasks:',
    '  - name: only',
    '    action: core.noop',
    '',
  ].join('\n');
}

/** A pack `ref` in a directory of that name, with these workflows. */
export function packFiles(ref: string, workflows: Readonly<Record<string, string>>): Record<string, string> {
  return {
    [`${ref}/pack.yaml`]: manifestText(ref),
    ...Object.fromEntries(
      Object.entries(workflows).map(([name, text]) => [`${ref}/workflows/${name}.yaml`, text]),
    ),
  };
}
