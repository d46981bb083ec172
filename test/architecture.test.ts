// The shape of src/: who imports whom, which library has which door, and what is never written.
// Every rule is tried on a made-up source that breaks it first, so a rule that sees nothing is noticed.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: sources in quotes hold templates.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  arrows,
  doors,
  findAny,
  findBarrels,
  findClientTransactions,
  findCycles,
  findDefaultExports,
  findForbiddenArrows,
  findLibrariesOutsideTheirDoor,
  findProcessUse,
  findUnfinished,
  folderOf,
  type Sources,
  stripped,
} from './support/source-rules.ts';

const root = new URL('../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const sources: Sources = new Map(
  readdirSync(new URL('src/', root), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .sort()
    .map((path) => [`src/${path}`, read(`src/${path}`)]),
);
const made = (files: Record<string, string>): Sources => new Map(Object.entries(files));

type Rule = {
  readonly says: string;
  readonly find: (sources: Sources) => string[];
  /** Each breaks the rule once. */
  readonly broken: readonly Record<string, string>[];
  /** What it must not mistake for a breach. */
  readonly sound: Record<string, string>;
};

const rules: readonly Rule[] = [
  {
    says: 'folders import only what the table lets them',
    find: findForbiddenArrows,
    broken: [
      { 'src/store/a.ts': "import { scan } from '../load/scan.ts';\n" },
      { 'src/model/a.ts': "import type { Plan } from '../registry/plan.ts';\n" },
      { 'src/registry/a.ts': "export {\n  one,\n  two,\n} from '../load/scan.ts';\n" },
      { 'src/http/a.ts': "const load = async () => (await import('../load/load.ts')).load;\n" },
      { 'src/load/a.ts': "let port: import('../store/writer.ts').Writer;\n" },
      { 'src/language/a.ts': "import '../config.ts';\n" },
      { 'src/commands/a.ts': "import { loop } from '../reconcile/loop.ts';\n" },
      { 'src/unlisted/a.ts': "import type { Ref } from '../model/pack.ts';\n" },
    ],
    sound: {
      'src/registry/a.ts':
        "// import { x } from '../load/scan.ts';\nimport type { Ref } from '../model/pack.ts';\n",
      'src/config/a.ts': "import { values } from '../config.ts';\n",
      'src/commands/a.ts': "import type { PassReport } from '../reconcile/ports.ts';\n",
    },
  },
  {
    says: 'no file needs itself, directly or through others',
    find: findCycles,
    broken: [
      {
        'src/model/a.ts': "import { b } from './b.ts';\n",
        'src/model/b.ts': "import type { C } from './c.ts';\n",
        'src/model/c.ts': "export const load = () => import('./a.ts');\n",
      },
      { 'src/model/a.ts': "import { a } from './a.ts';\n" },
    ],
    sound: {
      'src/model/a.ts': "import { b } from './b.ts';\nimport { c } from './c.ts';\n",
      'src/model/b.ts': "import { c } from './c.ts';\n",
      'src/model/c.ts': 'export const c = 1;\n',
    },
  },
  {
    says: 'every library has one door',
    find: findLibrariesOutsideTheirDoor,
    broken: [
      { 'src/load/a.ts': "import postgres from 'postgres';\n" },
      { 'src/store/a.ts': "import postgres from 'postgres';\n" },
      { 'src/http/a.ts': "import type { Sql } from 'postgres';\n" },
      { 'src/language/a.ts': "import { parse } from 'yaml';\n" },
      { 'src/registry/a.ts': "export const make = () => import('ajv/dist/2020.js');\n" },
    ],
    sound: {
      'src/store/a.ts': "import type { Sql } from 'postgres';\nimport { join } from 'node:path';\n",
      'src/load/parse-cache.ts': "import { LRUCache } from 'lru-cache';\n",
    },
  },
  {
    says: 'the process belongs to main.ts',
    find: findProcessUse,
    broken: [
      { 'src/config.ts': "const url = process.env['DATABASE_URL'];\n" },
      { 'src/load/a.ts': 'const text = `of ${{ pid: process.pid }.pid}`;\n' },
      { 'src/embedded/a.ts': 'process.exit(1);\n' },
      { 'src/store/a.ts': "import { env } from 'node:process';\n" },
    ],
    sound: {
      'src/main.ts': 'process.exitCode = 0;\n',
      'src/embedded/a.ts': 'const isRoot = process.geteuid?.() === 0;\n',
      'src/load/a.ts': "// process.env\nconst text = 'process.env' + `process.env ${1} process.env`;\n",
    },
  },
  {
    says: 'no transaction is held by the client',
    find: findClientTransactions,
    broken: [
      { 'src/store/a.ts': 'await sql.begin(async (tx) => tx`select 1`);\n' },
      { 'src/store/a.ts': "await sql\n  .beginDistributed('x');\n" },
    ],
    sound: { 'src/store/a.ts': 'const note = "sql.begin(x)"; const begin = 1; sql`x.begin(`;\n' },
  },
  {
    says: 'every export has a name',
    find: findDefaultExports,
    broken: [
      { 'src/a.ts': 'export default 1;\n' },
      { 'src/a.ts': 'const a = 1;\nexport { a as default };\n' },
    ],
    sound: { 'src/a.ts': 'export const fallback = { default: 1 };\n' },
  },
  {
    says: 'no file is a barrel',
    find: findBarrels,
    broken: [
      { 'src/model/all.ts': "export * from './pack.ts';\nexport const one = 1;\n" },
      {
        'src/model/all.ts':
          "// All of it.\nexport { one } from './one.ts';\nexport type { Two } from './two.ts';\n",
      },
      { 'src/model/index.ts': 'export const one = 1;\n' },
    ],
    sound: { 'src/config.ts': "export { settings } from './config/settings.ts';\nexport const one = 1;\n" },
  },
  {
    says: 'nothing is left unfinished',
    find: findUnfinished,
    broken: [{ 'src/a.ts': '// TODO later\n' }, { 'src/a.ts': 'const a = 1; /* FIXME */\n' }],
    sound: { 'src/a.ts': "const key = 'todo';\n" },
  },
  {
    says: 'nothing is of any type',
    find: findAny,
    broken: [
      { 'src/a.ts': 'const a: any = 1;\n' },
      { 'src/a.ts': 'const a = JSON.parse(text) as any;\n' },
      { 'src/a.ts': 'const a: Map<string, any[]> = new Map();\n' },
      { 'src/a.ts': 'const text = `${(one as any).two}`;\n' },
    ],
    sound: {
      'src/a.ts': "// any\nconst a = sql`x = any(${'any'})`; const b = /any/; Promise.any([a, b]);\n",
    },
  },
];

describe.each(rules)('$says', ({ find, broken, sound }) => {
  it.each(broken)('notices %o', (files) => {
    expect(find(made(files))).toHaveLength(1);
  });

  it('lets the harmless pass', () => {
    expect(find(made(sound))).toEqual([]);
  });

  it('holds in src/', () => {
    expect(find(sources)).toEqual([]);
  });
});

describe('the rules themselves', () => {
  it('see the sources', () => {
    expect(sources.size).toBeGreaterThan(80);
  });

  it('have a row for every folder, and no row too many', () => {
    const folders = new Set([...sources.keys()].map(folderOf));
    expect([...folders].filter((folder) => !(folder in arrows))).toEqual([]);
    expect(Object.keys(arrows).filter((folder) => !folders.has(folder))).toEqual([]);
  });

  it('name doors that are used and exist', () => {
    for (const [library, door] of Object.entries(doors)) {
      expect(sources.get(door.values) ?? '', `${door.values} is the door of ${library}`).toContain(
        `'${library}`,
      );
    }
  });

  it('let no arrow of the table run in a circle', () => {
    const files = Object.entries(arrows).map(([from, targets]): [string, string] => [
      `src/${from}/a.ts`,
      targets.map((to) => `import '../${to}/a.ts';\n`).join(''),
    ]);
    expect(findCycles(new Map(files))).toEqual([]);
  });

  it('look at code alone, and at all of it', () => {
    const code = stripped("a(1 / 2); // x\nb(`t ${c({ d: '}' })} u`, /[/'\"`]/, 'e'); /* f\n g */ h;");
    expect(code.replaceAll(/ +/g, ' ')).toBe('a(1 / 2); \nb(` c({ d: })} , , ); \n h;');
    expect(code.split('\n')).toHaveLength(3);
  });
});
