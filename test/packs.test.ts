// The packs that are shipped: nothing is found in them, and what they call exists and is called as it asks.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { checkFile } from '../src/language/check-file.ts';
import type { FileRole } from '../src/model/pack.ts';

const root = fileURLToPath(new URL('../packs/', import.meta.url));

type Place = { readonly path: string; readonly role: FileRole; readonly pack: string };
type Task = {
  readonly name: string;
  readonly type?: string;
  readonly action?: string;
  readonly input?: object;
  readonly tasks?: readonly Task[];
  readonly with_items?: string;
  readonly retry?: { readonly backoff?: string };
  readonly join?: number;
  readonly on_failure?: string;
  readonly next?: readonly { readonly when?: string; readonly do?: readonly string[] }[];
};
type Document = {
  readonly ref?: string;
  readonly label?: string;
  readonly description?: string;
  readonly version?: string;
  readonly tags?: readonly string[];
  readonly workflow_file?: string;
  readonly entry_point?: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly tasks?: readonly Task[];
};

function yamlFiles(pack: string, under: string, role: FileRole): Place[] {
  const dir = join(root, pack, under);
  if (!existsSync(dir)) return [];
  return readdirSync(dir)
    .filter((name) => /\.ya?ml$/.test(name))
    .map((name) => ({ path: join(dir, name), role, pack }));
}

const packs = readdirSync(root);
const places = packs.flatMap((pack) => [
  { path: join(root, pack, 'pack.yaml'), role: 'manifest' as const, pack },
  ...yamlFiles(pack, 'actions', 'action'),
  ...yamlFiles(pack, 'actions/workflows', 'workflow'),
  ...yamlFiles(pack, 'workflows', 'workflow'),
]);
const documents = places.map((place) => ({
  ...place,
  text: readFileSync(place.path, 'utf8'),
  document: load(readFileSync(place.path, 'utf8')) as Document,
}));
const nameOf = (path: string): string => basename(path, '.yaml').replace(/\.workflow$/, '');
const refOf = (file: { path: string; pack: string }): string => `${file.pack}.${nameOf(file.path)}`;
const callable = new Map(
  documents
    .filter((file) => file.document.ref !== undefined && file.role !== 'manifest')
    .map((file) => [file.document.ref as string, file.document]),
);
const workflows = documents.filter((file) => file.role === 'workflow');

function allTasks(tasks: readonly Task[] = []): Task[] {
  return tasks.flatMap((task) => [task, ...allTasks(task.tasks)]);
}

/** Names and required names of a schema in either style. */
function parametersOf(document: Document): { names: string[]; required: string[] } {
  const schema = document.parameters ?? {};
  if (schema.type === 'object') {
    return {
      names: Object.keys(schema.properties ?? {}),
      required: (schema.required ?? []) as string[],
    };
  }
  const entries = Object.entries(schema as Record<string, { required?: boolean }>);
  return {
    names: entries.map(([name]) => name),
    required: entries.filter(([, value]) => value.required === true).map(([name]) => name),
  };
}

describe('the shipped packs', () => {
  it('are three, with twelve workflows or more', () => {
    expect(packs).toEqual(['datamove', 'incident', 'release']);
    expect(workflows.length).toBeGreaterThanOrEqual(12);
  });

  it.each(places.map((place) => [relative(root, place.path), place]))('%s has no finding', (_, place) => {
    const checked = checkFile(place.role, readFileSync(place.path), { strict: true });
    expect(checked.findings).toEqual([]);
    expect(checked.file).toBeDefined();
  });

  it('have refs that follow from their file names, each once', () => {
    const refs = documents.flatMap((file) => (file.document.ref === undefined ? [] : [file]));
    for (const file of refs) {
      expect(file.document.ref).toBe(file.role === 'manifest' ? file.pack : refOf(file));
    }
    expect(new Set(refs.map((file) => file.document.ref)).size).toBe(refs.length);
  });

  it('name programs and graphs that are shipped with them', () => {
    for (const file of documents.filter((one) => one.role === 'action')) {
      const named = file.document.workflow_file ?? file.document.entry_point ?? '';
      expect(named).not.toBe('');
      expect(existsSync(join(root, file.pack, 'actions', named)), `${file.document.ref}: ${named}`).toBe(
        true,
      );
    }
  });

  it('call only what is shipped, with the parameters that it has', () => {
    for (const file of workflows) {
      for (const task of allTasks(file.document.tasks)) {
        if (task.type === 'parallel') continue;
        const where = `${relative(root, file.path)}: ${task.name}`;
        const called = callable.get(task.action ?? '');
        expect(called, `${where} calls ${task.action}`).toBeDefined();
        if (called === undefined) continue;
        const { names, required } = parametersOf(called);
        const given = Object.keys(task.input ?? {});
        expect(
          given.filter((name) => !names.includes(name)),
          where,
        ).toEqual([]);
        expect(
          required.filter((name) => !given.includes(name)),
          where,
        ).toEqual([]);
      }
    }
  });

  it('read only parameters, variables and tasks that exist', () => {
    for (const file of workflows) {
      const { document } = file;
      const owner = document.ref === undefined ? callable.get(refOf(file)) : document;
      const known: Record<string, string[]> = {
        parameters: parametersOf(owner ?? document).names,
        workflow: Object.keys((document as { vars?: object }).vars ?? {}),
        task: allTasks(document.tasks).map((task) => task.name),
      };
      const code = file.text.replace(/^ *#.*$/gm, '');
      for (const [, space = '', name = ''] of code.matchAll(/\b(parameters|workflow|task)\.(\w+)/g)) {
        expect(known[space], `${relative(root, file.path)}: ${space}.${name}`).toContain(name);
      }
    }
  });

  it('say what they are, with comments', () => {
    for (const file of workflows) {
      const about = file.document.ref === undefined ? callable.get(refOf(file)) : file.document;
      expect(about?.label, file.path).toBeTruthy();
      expect(about?.description, file.path).toBeTruthy();
      expect(about?.tags?.length, file.path).toBeGreaterThan(0);
      expect(file.document.version, file.path).toMatch(/^\d+\.\d+\.\d+$/);
      expect(file.text.startsWith('# '), file.path).toBe(true);
      expect(/[ \t]$/m.test(file.text), file.path).toBe(false);
    }
  });

  it('show every construct of the language', () => {
    const tasks = workflows.flatMap((file) => allTasks(file.document.tasks));
    const loops = tasks.filter((task) => task.next?.some((step) => step.do?.includes(task.name)));
    expect(tasks.some((task) => task.type === 'parallel')).toBe(true);
    expect(tasks.some((task) => task.type === 'workflow')).toBe(true);
    expect(tasks.some((task) => task.with_items !== undefined)).toBe(true);
    expect(tasks.some((task) => task.retry?.backoff === 'exponential')).toBe(true);
    expect(tasks.some((task) => (task.join ?? 0) > 1)).toBe(true);
    expect(tasks.some((task) => task.next?.some((step) => step.when?.includes('failed()')))).toBe(true);
    expect(tasks.some((task) => task.on_failure !== undefined)).toBe(true);
    expect(loops.length).toBeGreaterThan(0);
  });

  it('bring programs that their interpreter can read', () => {
    for (const pack of packs) {
      for (const name of readdirSync(join(root, pack, 'actions'))) {
        const path = join(root, pack, 'actions', name);
        if (name.endsWith('.mjs')) execFileSync(process.execPath, ['--check', path]);
        if (name.endsWith('.sh')) execFileSync('sh', ['-n', path]);
      }
    }
  });
});
