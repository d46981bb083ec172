// A pack of everything that can be wrong with a file, each with the code that must be found, beside two good workflows.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { DiagnosticCode, Severity } from '../../src/model/diagnostic.ts';
import type { FileRole, PackPath } from '../../src/model/pack.ts';
import { roleOf } from '../../src/registry/discover.ts';

/** Makes what no bytes can make: a link, a pipe, a file without permissions. The directory exists already. */
export type WriteEntry = (absolutePath: string) => Promise<void>;

export type BadFile = {
  /** What is wrong with it, in words; unique. */
  readonly name: string;
  /** Relative to the root, POSIX. */
  readonly path: string;
  readonly bytes: Uint8Array | WriteEntry;
  readonly role: FileRole;
  /** Undefined: odd, but valid. */
  readonly code: DiagnosticCode | undefined;
  readonly severity: Severity;
  /** Where the finding is, when that is certain. */
  readonly line?: number;
  readonly column?: number;
  /** Who can see it: the disk edge, the check of the bytes alone, or only the pack as a whole. */
  readonly foundBy: 'load' | 'check' | 'link';
};

/** The refs of the two workflows that must be served whatever lies beside them. */
export const goodRefs: readonly string[] = ['bad.good_one', 'bad.good_two'];

const outside = fileURLToPath(new URL('../fixtures/bad/outside.yaml', import.meta.url));
const run = promisify(execFile);
const text = (content: string): Uint8Array => Buffer.from(content, 'utf8');

/** A valid workflow of pack `bad`; `x` is a value in it, at 4:6. */
function workflow(name: string, x = '1'): string {
  return `ref: bad.${name}
version: 1.0.0
vars:
  x: ${x}
tasks:
  - name: only
    action: bad.noop
`;
}

type Where = { readonly line?: number; readonly column?: number; readonly severity?: Severity };

function entry(
  foundBy: BadFile['foundBy'],
  name: string,
  path: string,
  code: DiagnosticCode | undefined,
  bytes: BadFile['bytes'],
  where: Where = {},
): BadFile {
  const role = roleOf(path as PackPath) ?? 'workflow';
  return { name, path, bytes, role, code, severity: 'error', foundBy, ...where };
}

/** A file whose bytes alone show what is wrong; `file` is its name less `.yaml`. */
function checked(
  file: string,
  code: DiagnosticCode | undefined,
  content: string | Uint8Array,
  where?: Where,
): BadFile {
  const bytes = typeof content === 'string' ? text(content) : content;
  return entry('check', file.replaceAll('_', ' '), `bad/workflows/${file}.yaml`, code, bytes, where);
}

function unread(file: string, code: DiagnosticCode, bytes: BadFile['bytes']): BadFile {
  return entry('load', file.replaceAll('_', ' '), `bad/workflows/${file}.yaml`, code, bytes, {
    line: 1,
    column: 1,
  });
}

/** Nine lists of nine aliases each: 72 aliases that stand for 9^9 values. */
function aliasBomb(): string {
  const level = (index: number): string =>
    `[${Array(9)
      .fill(`*l${index - 1}`)
      .join(', ')}]`;
  const lists = Array.from(
    { length: 8 },
    (_, index) => `  l${index + 1}: &l${index + 1} ${level(index + 1)}\n`,
  );
  return `version: 1.0.0\nvars:\n  l0: &l0 [${Array(9).fill('lol').join(', ')}]\n${lists.join('')}`;
}

function manyAliases(): string {
  return `version: 1.0.0\nvars:\n  one: &one 1\n  many: [${Array(101).fill('*one').join(', ')}]\n`;
}

function readFailures(): BadFile[] {
  const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(workflow('utf16'), 'utf16le')]);
  return [
    checked('empty', 'READ_EMPTY', '', { line: 1, column: 1 }),
    checked('only_a_comment', 'READ_EMPTY', '# nothing here yet\n', { line: 1, column: 1 }),
    checked('binary', 'READ_BINARY', Buffer.from('7f454c4602010100000000000000000003003e0001000000', 'hex'), {
      line: 1,
      column: 1,
    }),
    checked('not_utf8', 'READ_NOT_UTF8', Buffer.from('version: 1.0.0\nlabel: caf\xe9\n', 'latin1'), {
      line: 2,
      column: 11,
    }),
    checked('utf16', 'READ_UTF16', utf16, { line: 1, column: 1 }),
    checked('byte_order_mark', undefined, `\ufeff${workflow('byte_order_mark')}`),
    checked('crlf', undefined, workflow('crlf').replaceAll('\n', '\r\n')),
    unread('one_byte_too_big', 'READ_TOO_BIG', text(workflow('one_byte_too_big').padEnd(1_048_577, '#'))),
    unread('pipe', 'READ_NOT_REGULAR', async (path) => {
      await run('mkfifo', [path]);
    }),
    unread('directory', 'READ_NOT_REGULAR', async (path) => {
      await mkdir(path);
    }),
    unread('link_to_itself', 'READ_LINK_LOOP', (path) => symlink(basename(path), path)),
    unread('outside', 'READ_OUTSIDE_ROOT', (path) => symlink(outside, path)),
    unread('link_to_nothing', 'READ_FAILED', (path) => symlink('gone.yaml', path)),
  ];
}

function unreadable(): BadFile[] {
  // Root reads every file, so the case does not exist for it.
  if (process.getuid?.() === 0) return [];
  return [
    unread('no_permission', 'READ_DENIED', async (path) => {
      await writeFile(path, workflow('no_permission'));
      await chmod(path, 0);
    }),
  ];
}

function yamlFailures(): BadFile[] {
  return [
    checked('duplicate_keys', 'YAML_DUPLICATE_KEY', workflow('duplicate_keys', '1\n  y: 2\n  x: 3'), {
      line: 6,
      column: 3,
    }),
    checked('alias_bomb', 'YAML_NODE_LIMIT', aliasBomb()),
    checked('many_aliases', 'YAML_ALIAS_LIMIT', manyAliases(), { line: 4 }),
    checked('alias_cycle', 'YAML_ALIAS_CYCLE', workflow('alias_cycle', '&x [*x]'), { line: 4 }),
    checked(
      'deep_in_flow',
      'YAML_DEPTH_LIMIT',
      workflow('deep_in_flow', '['.repeat(10_000) + ']'.repeat(10_000)),
      {
        line: 4,
      },
    ),
    checked(
      'deep_in_blocks',
      'YAML_DEPTH_LIMIT',
      workflow('deep_in_blocks', `\n    ${'- '.repeat(10_000)}1`),
      {
        line: 5,
      },
    ),
    checked(
      'two_documents',
      'YAML_MULTI_DOCUMENT',
      `${workflow('two_documents')}---\n${workflow('second')}`,
      {
        line: 8,
        column: 1,
      },
    ),
    checked('proto', 'YAML_FORBIDDEN_KEY', workflow('proto', '1\n  __proto__: { admin: true }'), {
      line: 5,
      column: 3,
    }),
    checked('nul', 'YAML_NUL', workflow('nul', '"a\\0b"'), { line: 4, column: 6 }),
    checked('lone_surrogate', 'YAML_LONE_SURROGATE', workflow('lone_surrogate', '"\\uD800"'), {
      line: 4,
      column: 6,
    }),
    checked('big_integer', 'YAML_UNSAFE_INTEGER', workflow('big_integer', '9007199254740993'), {
      line: 4,
      column: 6,
    }),
    checked('infinity', 'YAML_NOT_FINITE', workflow('infinity', '.inf'), { line: 4, column: 6 }),
    checked('syntax', 'YAML_SYNTAX', 'version: 1.0.0\ntasks: [\n'),
    checked(
      'unknown_key',
      'SCHEMA_UNKNOWN_KEY',
      workflow('unknown_key').replace('vars:', 'colour: red\nvars:'),
      {
        line: 3,
        column: 1,
        severity: 'warning',
      },
    ),
    ...tooLong(),
  ];
}

/** Texts that no index of a registry would take; random, for one that compresses well would fit. */
function tooLong(): BadFile[] {
  const noise = Array.from({ length: 70 }, (_, index) =>
    createHash('sha512').update(`${index}`).digest('hex'),
  ).join('');
  const tagged = workflow('long_tag').replace('vars:', `tags: [fine, ${noise}]\nvars:`);
  const named = text(`ref: bad.${noise}\nlabel: Long\nentry_point: long.sh\n`);
  const deep = Array(9).fill('down').join('/');
  const linked = text(`ref: bad.deep\nworkflow_file: ${deep}/graph.yaml\n`);
  return [
    checked('long_tag', 'SCHEMA_LENGTH', tagged, { line: 3, column: 14 }),
    entry('check', 'long ref', 'bad/actions/long_ref.yaml', 'SCHEMA_LENGTH', named, { line: 1, column: 6 }),
    entry('link', 'deep link', 'bad/actions/deep.yaml', 'REF_LINK_OUTSIDE_PACK', linked, {
      line: 2,
      column: 16,
    }),
  ];
}

function identityFailures(): BadFile[] {
  const conflict = text(workflow('twice'));
  return [
    entry('link', 'one ref, first file', 'bad/workflows/twice.yaml', 'REF_CONFLICT', conflict),
    entry('link', 'one ref, second file', 'bad/actions/workflows/twice.yaml', 'REF_CONFLICT', conflict),
    entry('link', 'ref differs', 'bad/workflows/differs.yaml', 'REF_DIFFERS', text(workflow('another')), {
      line: 1,
    }),
    entry(
      'link',
      'three parts',
      'bad/workflows/a.b.yaml',
      'REF_FORM',
      text(workflow('x').replace(/^ref.*\n/, '')),
    ),
    entry('link', 'no manifest', 'lost/workflows/orphan.yaml', 'PACK_NO_MANIFEST', text(workflow('orphan'))),
    entry(
      'check',
      'bad pack name',
      'Bad Name/pack.yaml',
      'PACK_REF',
      text('ref: Bad Name\nversion: 1.0.0\n'),
      {
        line: 1,
      },
    ),
    entry('check', 'no pack ref', 'nameless/pack.yaml', 'PACK_REF', text('version: 1.0.0\n')),
    entry(
      'check',
      'no semver',
      'versionless/pack.yaml',
      'PACK_VERSION',
      text('ref: versionless\nversion: "1"\n'),
      {
        line: 2,
      },
    ),
    entry('link', 'other directory', 'renamed/pack.yaml', 'PACK_DIR', text('ref: other\nversion: 1.0.0\n'), {
      severity: 'warning',
    }),
  ];
}

/** Every bad file, a few odd but valid ones among them. The unreadable one is left out for the superuser. */
export function badFiles(): readonly BadFile[] {
  return [...readFailures(), ...unreadable(), ...yamlFailures(), ...identityFailures()];
}

/** The files that are as they should be: the manifest, an action, the two good workflows. */
export function goodFiles(): readonly { readonly path: string; readonly content: string }[] {
  return [
    { path: 'bad/pack.yaml', content: 'ref: bad\nlabel: Bad\nversion: 1.0.0\n' },
    { path: 'bad/actions/noop.yaml', content: 'ref: bad.noop\nlabel: Nothing\nentry_point: noop.sh\n' },
    ...goodRefs.map((ref) => {
      const name = ref.slice('bad.'.length);
      return { path: `bad/workflows/${name}.yaml`, content: workflow(name) };
    }),
  ];
}

/** Writes all of it below `root`, which is made if it is missing, and returns what was written that is bad. */
export async function writeBadPack(root: string): Promise<readonly BadFile[]> {
  const files = badFiles();
  for (const { path, content } of goodFiles()) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  for (const { path, bytes } of files) {
    const target = join(root, path);
    await mkdir(dirname(target), { recursive: true });
    if (typeof bytes === 'function') await bytes(target);
    else await writeFile(target, bytes);
  }
  return files;
}
