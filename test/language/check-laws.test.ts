// What holds for every file, whatever is in it: one answer, and none that depends on how lines end or on what stands above.
import { describe, expect, it } from 'vitest';
import { parseDocument } from '../../src/language/parse.ts';
import type { CheckedFile, ValidTree } from '../../src/model/file.ts';
import { createRandom } from '../support/yaml-edits.mjs';
import { createTexts } from '../support/yaml-texts.mjs';
import { check, workflow } from './support.ts';

const texts = createTexts(createRandom(11));
/** Made-up YAML, half of it with the keys of a workflow around it. */
const made = Array.from({ length: 300 }, (_, round) => {
  const text = texts.next();
  return round % 2 === 0
    ? text
    : `${workflow('{ name: a, action: echo, when: "{{ nope", timeout: -1 }')}vars:\n${text}`;
});

const said = ({ findings, file }: CheckedFile<ValidTree>) => ({ findings, file });

describe('checkFile', () => {
  it('says the same of the same bytes, whatever was checked in between', () => {
    const first = made.map((text) => JSON.stringify(check(text)));
    const second = made.toReversed().map((text) => JSON.stringify(check(text)));
    expect(second.toReversed()).toEqual(first);
  });

  it('finds the same things strictly, as errors', () => {
    for (const text of made) {
      const [loose, strict] = [check(text), check(text, 'workflow', true)];
      const places = (checked: CheckedFile<ValidTree>) =>
        checked.findings.map(({ severity: _, ...finding }) => finding);
      expect(places(strict)).toEqual(places(loose));
      expect(strict.findings.some(({ severity }) => severity === 'warning')).toBe(false);
      if (loose.findings.every(({ severity }) => severity === 'info'))
        expect(strict.file).toEqual(loose.file);
    }
  });

  it('does not care how lines end', () => {
    let compared = 0;
    for (const text of made) {
      if (text.includes('\r')) continue;
      expect(said(check(text.replaceAll('\n', '\r\n'))), JSON.stringify(text)).toEqual(said(check(text)));
      compared += 1;
    }
    expect(compared).toBeGreaterThan(150);
  });

  it('moves every place with the lines above it', () => {
    for (const text of made) {
      if (/^\ufeff|^[ \t]*[%>|]|^\s*\r/m.test(text) || parseDocument(text).value === undefined) continue;
      const below = check(`# one\n# two\n${text}`).findings;
      const moved = check(text).findings.map((finding) => ({
        ...finding,
        // About the file as a whole: at its first line, wherever that is.
        line: finding.line + 2,
        ...(finding.end_line === undefined ? {} : { end_line: finding.end_line + 2 }),
        message: finding.message.replace(
          /first in line (\d+)/,
          (_, line) => `first in line ${Number(line) + 2}`,
        ),
      }));
      const isOfFile = ({ code }: { code: string }) => code === 'READ_EMPTY' || code === 'SCHEMA_TYPE';
      expect(
        below.filter((one) => !isOfFile(one)),
        JSON.stringify(text),
      ).toEqual(moved.filter((one) => !isOfFile(one)));
    }
  });
});
