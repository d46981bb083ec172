// The rules of the house as functions over source text: in come files by path, out come violations, one line each.
import { posix } from 'node:path';

/** Path from the repository (`src/watch/settle.ts`) → its text. */
export type Sources = ReadonlyMap<string, string>;

export type Import = {
  readonly file: string;
  /** A path from the repository for a file of ours, a package name otherwise; subpaths of packages are cut. */
  readonly target: string;
  readonly isOurs: boolean;
  readonly isType: boolean;
};

/** Folders in the order of the pipeline; `config` and `daemon` are a file and the folder beside it. */
export const arrows: Readonly<Record<string, readonly string[]>> = {
  model: [],
  language: ['model'],
  registry: ['language', 'model'],
  load: ['registry', 'language', 'model'],
  watch: ['registry', 'language', 'model'],
  store: ['model'],
  embedded: ['model'],
  telemetry: ['model'],
  output: ['model'],
  client: ['model'],
  archive: ['registry', 'model'],
  supervisor: ['model'],
  http: ['model'],
  config: ['model'],
  reconcile: ['registry', 'model'],
  writes: ['registry', 'model'],
  daemon: [
    ...['config', 'language', 'registry', 'load', 'watch', 'store', 'embedded', 'telemetry', 'output'],
    ...['http', 'archive', 'supervisor', 'reconcile', 'writes', 'model'],
  ],
  // `migrate`, `plan` and `sync` are short compositions of their own, over the parts that `daemon/` puts together.
  commands: [
    ...['language', 'registry', 'output', 'client', 'config', 'daemon', 'store', 'telemetry', 'reconcile'],
    ...['archive', 'model'],
  ],
  main: ['commands', 'output', 'config', 'model'],
};

/** Of these folders only types may be taken. */
export const typesOnly: readonly (readonly [from: string, to: string])[] = [['commands', 'reconcile']];

type Door = { readonly values: string; readonly types?: string };

/** The one file that may use a library, and where its types may be named besides. */
export const doors: Readonly<Record<string, Door>> = {
  ajv: { values: 'src/language/compile-schemas.ts', types: 'src/language/' },
  chokidar: { values: 'src/watch/watch-directory.ts' },
  commander: { values: 'src/commands/program.ts' },
  diff: { values: 'src/output/text-diff.ts' },
  fastify: { values: 'src/http/app.ts', types: 'src/http/' },
  'js-yaml': { values: 'src/language/events.ts' },
  'lru-cache': { values: 'src/load/parse-cache.ts' },
  'p-queue': { values: 'src/load/load.ts' },
  pino: { values: 'src/telemetry/logger.ts' },
  'pino-pretty': { values: 'src/telemetry/logger.ts' },
  postgres: { values: 'src/store/connect.ts', types: 'src/store/' },
  'prom-client': { values: 'src/telemetry/metrics.ts' },
  yaml: { values: 'src/output/yaml-text.ts' },
};

/**
 * What may be asked of the process outside `main.ts`: the embedded server has an owner, a platform and processes to signal, and a
 * service manager compares clocks.
 * The environment and the end of the process stay with `main.ts`.
 */
const processMembers: Readonly<Record<string, readonly string[]>> = {
  embedded: ['arch', 'geteuid', 'kill', 'pid', 'platform'],
  supervisor: ['hrtime'],
};

/** `src/config/roots.ts` → `config`, `src/config.ts` → `config`. */
export function folderOf(file: string): string {
  return file.split('/')[1]?.replace(/\.ts$/, '') ?? '';
}

/** Every import and re-export of a file, also those inside functions and in types. */
export function importsOf(file: string, text: string): Import[] {
  const statements = text.matchAll(/^(?:import|export)\s(?:[^'";]*?\sfrom\s)?\s*'([^']+)'/gm);
  const calls = stripped(text, true).matchAll(/\bimport\(\s*'([^']+)'/g);
  return [...statements, ...calls].map((match) => {
    const specifier = match[1] ?? '';
    const isOurs = specifier.startsWith('.');
    const target = isOurs ? posix.join(posix.dirname(file), specifier) : packageOf(specifier);
    return { file, target, isOurs, isType: /^(?:import|export) type\b/.test(match[0]) };
  });
}

function packageOf(specifier: string): string {
  if (specifier.startsWith('node:')) return specifier;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function allImports(sources: Sources): Import[] {
  return [...sources].flatMap(([file, text]) => importsOf(file, text));
}

export function findForbiddenArrows(sources: Sources): string[] {
  return allImports(sources)
    .filter(({ isOurs }) => isOurs)
    .filter(({ file, target, isType }) => {
      const [from, to] = [folderOf(file), folderOf(target)];
      if (from === to) return false;
      const isTypesOnly = typesOnly.some(([one, other]) => one === from && other === to);
      return !arrows[from]?.includes(to) || (isTypesOnly && !isType);
    })
    .map(({ file, target, isType }) => `${file} → ${target}${isType ? ' (types)' : ''}`);
}

/** Types count too: two files that need each other's types are one idea in two places. */
export function findCycles(sources: Sources): string[] {
  const targets = new Map<string, string[]>();
  for (const { file, target, isOurs } of allImports(sources)) {
    if (isOurs) targets.set(file, [...(targets.get(file) ?? []), target]);
  }
  const found = new Set<string>();
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    const start = path.indexOf(file);
    if (start >= 0) found.add([...path.slice(start), file].join(' → '));
    if (start >= 0 || done.has(file)) return;
    for (const target of targets.get(file) ?? []) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of targets.keys()) visit(file, []);
  return [...found];
}

export function findLibrariesOutsideTheirDoor(sources: Sources): string[] {
  return allImports(sources)
    .filter(({ target, isOurs }) => !isOurs && !target.startsWith('node:'))
    .filter(({ file, target, isType }) => {
      const door = doors[target];
      if (door === undefined) return true;
      return file !== door.values && !(isType && door.types !== undefined && file.startsWith(door.types));
    })
    .map(({ file, target }) => `${file} uses ${target}`);
}

export function findProcessUse(sources: Sources): string[] {
  const imports = allImports(sources).filter(({ target }) => target === 'node:process');
  return [
    ...imports.map(({ file }) => `${file} imports node:process`),
    ...search(sources, /\bprocess\.(\w+)/g).filter((found) => {
      const [place = '', member = ''] = found.split(' process.');
      const file = place.slice(0, place.lastIndexOf(':'));
      return file !== 'src/main.ts' && !processMembers[folderOf(file)]?.includes(member);
    }),
  ];
}

export const findClientTransactions = (sources: Sources) => search(sources, /\.begin\w*\s*\(/g);
export const findDefaultExports = (sources: Sources) =>
  search(sources, /^export default\b|^export\s*\{[^}]*\bas default\b/gm);
export const findAny = (sources: Sources) => search(sources, /(?<![.\w])any\b(?!\s*[:(])/g);

/** A barrel: `export *`, an `index.ts`, or a file that has nothing of its own. */
export function findBarrels(sources: Sources): string[] {
  const all = [...sources].filter(([file, text]) => {
    const own = stripped(text, true)
      .replaceAll(/^(?:import|export)\s[^;]*?from\s*'[^']*';?/gm, '')
      .trim();
    return /(?:^|\/)index\.ts$/.test(file) || /^export \*/m.test(text) || own === '';
  });
  return all.map(([file]) => `${file} is a barrel`);
}

/** In comments and text as well. */
export function findUnfinished(sources: Sources): string[] {
  const marks = /\b(?:TODO|FIXME|XXX|HACK)\b/;
  return [...sources].filter(([, text]) => marks.test(text)).map(([file]) => `${file} is unfinished`);
}

function search(sources: Sources, pattern: RegExp): string[] {
  return [...sources].flatMap(([file, text]) => {
    const code = stripped(text);
    return [...code.matchAll(pattern)].map(
      (match) => `${file}:${code.slice(0, match.index).split('\n').length} ${match[0].trim()}`,
    );
  });
}

// What may be skipped over, longest first: comments, strings, regular expressions. A `/` after one of these characters or
// words begins an expression; elsewhere it divides.
const lexemes =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|(?<=(?:[(,=:[!&|?{};>]|return|=>)\s*)\/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*|[`{}]/g;

/** The code alone, lines kept: comments, strings (unless kept), regular expressions and the text of templates are blank. */
export function stripped(text: string, keepsStrings = false): string {
  let code = '';
  let at = 0;
  // Depth of braces for each template that is open: `${` inside it opens one at depth 0.
  const templates: number[] = [];
  const blank = (from: string) => from.replaceAll(/[^\n]/g, ' ');
  lexemes.lastIndex = 0;
  const readTemplate = (from: number): number => {
    for (let index = from; index < text.length; index += 1) {
      if (text[index] === '\\') index += 1;
      else if (text[index] === '`') return index + 1;
      else if (text.startsWith('${', index)) {
        templates.push(0);
        return index + 2;
      }
    }
    return text.length;
  };
  for (let match = lexemes.exec(text); match; match = lexemes.exec(text)) {
    const [lexeme] = match;
    code += text.slice(at, match.index);
    at = match.index + lexeme.length;
    const depth = templates.at(-1);
    if (lexeme === '`' || (lexeme === '}' && depth === 0)) {
      if (lexeme === '}') templates.pop();
      const end = readTemplate(at);
      code += lexeme + blank(text.slice(at, end));
      at = end;
    } else if (lexeme === '{' || lexeme === '}') {
      if (depth !== undefined) templates[templates.length - 1] = depth + (lexeme === '{' ? 1 : -1);
      code += lexeme;
    } else {
      const isString = lexeme.startsWith("'") || lexeme.startsWith('"');
      code += isString && keepsStrings ? lexeme : blank(lexeme);
    }
    lexemes.lastIndex = at;
  }
  return code + text.slice(at);
}
