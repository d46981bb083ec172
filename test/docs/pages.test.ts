// How a page of the documentation is read, and that each can be: no block without a language, no command without a word on who
// runs it. The commands themselves are run by test/long/docs-check.mjs.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isShown, readPage } from '../support/doc-pages.mjs';

const root = new URL('../../', import.meta.url);
const pages = [
  'README.md',
  ...readdirSync(new URL('docs/', root), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => `docs/${path}`),
];

const textOf = (path: string) => readFileSync(new URL(path, root), 'utf8');

/** As forges make them of headings. */
const anchorsOf = (text: string) =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  );

/** Links of a page to files and headings that are not there. */
const lostLinks = (path: string) =>
  [...textOf(path).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)]
    .filter(([, file = '', anchor]) => {
      const target = new URL(file || path.replace(/.*\//, ''), new URL(path, root));
      if (!existsSync(target)) return true;
      return anchor !== undefined && !anchorsOf(readFileSync(target, 'utf8')).includes(anchor);
    })
    .map(([link]) => link);

const read = (...lines: string[]) => readPage('docs/a.md', lines.join('\n'));

describe('readPage', () => {
  it('has commands run, files saved and output seen, in order', () => {
    const { steps, faults } = read(
      ...['<!-- ground: postgres -->', '<!-- do: start-daemon packs -->', ''],
      ...['```sh', 'packwatch held', '```', '', '```text', 'nothing', '```', ''],
      ...['```yaml', '# packs/a/pack.yaml', 'ref: a', '```'],
    );
    expect(faults).toEqual([]);
    expect(steps.map(({ kind, line }) => [kind, line])).toEqual([
      ['do', 2],
      ['run', 4],
      ['see', 8],
      ['save', 12],
    ]);
    expect(steps[3]).toMatchObject({ file: 'packs/a/pack.yaml', text: '# packs/a/pack.yaml\nref: a\n' });
  });

  it('reads what is said of the block below, on several lines too', () => {
    const { steps } = read(
      ...['<!-- exits: 1 -->', '<!-- with: BATCH=packwatch held -->', '', '```sh', 'packwatch check', '```'],
      ...['<!-- not run: needs an engine -->', '```sh', 'docker compose up', '```'],
      ...['<!-- do:', 'one', 'two', '-->', '<!-- stays: Ctrl-C -->', '```sh', 'npm start', '```'],
    );
    expect(steps).toMatchObject([
      { kind: 'run', exits: 1, with: 'BATCH=packwatch held' },
      { kind: 'left', reason: 'needs an engine' },
      { kind: 'do', text: 'one\ntwo' },
      { kind: 'run', stays: 'Ctrl-C' },
    ]);
  });

  it('takes a text for the output of the commands of its section, unless it is said to be none', () => {
    const { steps } = read(
      ...['```sh', 'ls', '```', '<!-- not compared: an example -->', '```text', 'one', '```'],
      ...['## Next', '```text', 'two', '```'],
    );
    expect(steps.map(({ kind }) => kind)).toEqual(['run']);
  });

  it.each([
    ['a block without a language', ['```', 'ls', '```'], 'needs a language'],
    ['a block without an end', ['```sh', 'ls'], 'does not end'],
    ['a mark that is not known', ['<!-- skip: no -->'], 'no such mark'],
    [
      'a mark about what is not there',
      ['<!-- done: npm ci -->', '```sh', 'ls', '```'],
      'does not say npm ci',
    ],
    ['a mark with no block below', ['<!-- exits: 1 -->', 'text'], 'without a block'],
    ['a mark that gives no reason', ['<!-- not run: -->', '```sh', 'ls', '```'], 'does not say why'],
  ])('refuses %s', (_, lines, fault) => {
    expect(read(...lines).faults).toEqual([expect.stringContaining(fault)]);
  });
});

describe('isShown', () => {
  it.each([
    ['live 119 ms after the save', 'live 9 ms after the save', true],
    ['a\n…\nz', 'a\nb\nc\nz', true],
    ['started at … by …', 'started at 3f by x', true],
    ['revision 2', 'revision 3', false],
    ['a\nb', 'a\n\nb\n', true],
    ['a', 'a\nb', false],
    ['since 2030-01-31 10:42 UTC as 3f1c09a2d7e4', 'since 2031-12-01 00:00 UTC as aaaaaaaaaaa1', true],
  ])('compares %j with %j', (shown, output, same) => {
    expect(isShown(shown, output)).toBe(same);
  });

  it('finds a part within more', () => {
    expect(isShown('b\nc', 'a\nb\nc\nd', true)).toBe(true);
    expect(isShown('b\nd', 'a\nb\nc\nd', true)).toBe(false);
  });
});

describe('the documentation', () => {
  it.each(pages)('%s can be read that way', (path) => {
    expect(readPage(path, textOf(path)).faults).toEqual([]);
  });

  it.each(pages)('%s links to what is there', (path) => {
    expect(lostLinks(path)).toEqual([]);
  });

  it('has every page in its index', () => {
    const index = textOf('docs/README.md');
    const own = pages.filter((path) => /^docs\/[^/]*$/.test(path) && path !== 'docs/README.md');
    expect(own.filter((path) => !index.includes(`](${path.replace('docs/', '')})`))).toEqual([]);
  });
});
