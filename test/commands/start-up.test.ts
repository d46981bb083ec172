// What a client command loads before it asks: nothing of the daemon, so that it answers at once.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { importsOf, type Sources } from '../support/source-rules.ts';

const root = new URL('../../', import.meta.url);
const sources: Sources = new Map(
  readdirSync(new URL('src/', root), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => [`src/${path}`, readFileSync(new URL(`src/${path}`, root), 'utf8')]),
);

/** Files and packages that are loaded with these files; what is imported by a call is loaded later, if ever. */
function loadedWith(files: readonly string[]): ReadonlySet<string> {
  const loaded = new Set<string>();
  const visit = (file: string): void => {
    if (loaded.has(file)) return;
    loaded.add(file);
    const text = sources.get(file)?.replaceAll(/\bimport\(/g, 'later(') ?? '';
    for (const { target, isType } of importsOf(file, text)) if (!isType) visit(target);
  };
  files.forEach(visit);
  return loaded;
}

const packagesOf = (loaded: ReadonlySet<string>) =>
  [...loaded].filter((name) => !name.startsWith('src/') && !name.startsWith('node:')).sort();

const entries = sources.get('src/commands/client-entries.ts') ?? '';
const commands = [
  ...new Set([...entries.matchAll(/import\('\.\/([\w-]+\.ts)'\)/g)].map(([, file]) => file ?? '')),
];

describe('a client command', () => {
  it('is found by this test', () => {
    expect(commands.length).toBeGreaterThan(8);
    expect(commands).toContain('diff.ts');
  });

  it.each(commands)('loads no library of the daemon: %s', (file) => {
    const packages = packagesOf(loadedWith(['src/main.ts', `src/commands/${file}`]));
    expect(packages).toEqual(file === 'diff.ts' ? ['commander', 'diff'] : ['commander']);
  });

  it('is not one that looks at files', () => {
    const packages = packagesOf(loadedWith(['src/main.ts', 'src/commands/sync.ts']));
    expect(packages).toEqual(expect.arrayContaining(['commander', 'postgres']));
  });
});

describe('a command that looks at files', () => {
  it.each(['sync.ts', 'plan.ts', 'run.ts', 'check.ts'])(
    'loads no rules before a file is checked: %s',
    (file) => {
      const loaded = loadedWith(['src/main.ts', `src/commands/${file}`]);
      expect(loaded).not.toContain('src/language/check-file.ts');
      expect(packagesOf(loaded)).not.toContain('ajv');
    },
  );

  it('loads nothing of the passes, of other formats and of bounded reads to check files', () => {
    const loaded = loadedWith(['src/main.ts', 'src/commands/check.ts']);
    expect(packagesOf(loaded)).toEqual(['commander', 'js-yaml']);
    const unwanted = ['reconcile/reconcile', 'language/diagnostics', 'output/sarif', 'output/github'];
    for (const name of unwanted) expect(loaded).not.toContain(`src/${name}.ts`);
    expect(loaded).toContain('src/reconcile/pack-pass.ts');
  });

  it('loads no compiler of schemas with the rules: the build has used it', () => {
    expect(packagesOf(loadedWith(['src/language/check-file.ts']))).toEqual(['js-yaml']);
    // Null control: it is seen where it is.
    expect(packagesOf(loadedWith(['src/language/compile-schemas.ts']))).toContain('ajv');
  });
});
