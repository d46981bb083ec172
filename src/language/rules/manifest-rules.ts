// Rules about pack.yaml: its ref, its version, and keys given in two spellings.
import { asWritten, atKey, atValue, type Report } from '../problem.ts';
import type { RawMap } from '../raw.ts';
import {
  manifestSpellings,
  maxPackRef,
  maxPackVersion,
  packRefPattern,
  packVersionPattern,
} from '../schema/manifest.ts';
import { found } from '../shape-words.ts';
import { errorAt, type FileRule, warningAt } from './rule.ts';

const packRef = new RegExp(packRefPattern);
const semver = new RegExp(packVersionPattern);

const ref: FileRule = {
  code: 'PACK_REF',
  run: (root, report) => {
    const value = root['ref'];
    const help = 'lower-case letters, digits, `_` and `-`, a letter first, 2 to 64 characters';
    if (value === undefined) {
      report(
        errorAt('PACK_REF', atValue([]), 'the pack has no `ref`', 'add `ref:`, the name of its directory'),
      );
    } else if (typeof value !== 'string') {
      report(
        errorAt(
          'PACK_REF',
          atValue(['ref']),
          `\`ref\` must be a string, found ${found(value)}`,
          `quote it: "${asWritten}"`,
        ),
      );
    } else if (value.length > maxPackRef || !packRef.test(value)) {
      report(errorAt('PACK_REF', atValue(['ref']), `${found(value)} cannot be the ref of a pack`, help));
    }
  },
};

const version: FileRule = {
  code: 'PACK_VERSION',
  run: (root, report) => {
    const value = root['version'];
    if (value === undefined) {
      report(errorAt('PACK_VERSION', atValue([]), 'the pack has no `version`', 'add `version: 1.0.0`'));
    } else if (typeof value === 'number') {
      const message = `\`version\` must be a string, found ${found(value)}`;
      report(
        errorAt(
          'PACK_VERSION',
          atValue(['version']),
          message,
          `quote it and give three parts: "${threeParts(value)}"`,
        ),
      );
    } else if (typeof value !== 'string') {
      report(
        errorAt('PACK_VERSION', atValue(['version']), `\`version\` must be a string, found ${found(value)}`),
      );
    } else if (value.length > maxPackVersion || !semver.test(value)) {
      const help = 'write MAJOR.MINOR.PATCH, like 1.0.0';
      report(
        errorAt('PACK_VERSION', atValue(['version']), `${found(value)} is not a semantic version`, help),
      );
    }
  },
};

/** `1` and `1.5` as the version they probably mean; YAML has already dropped the zero of `1.0`. */
function threeParts(value: number): string {
  const parts = String(value).split('.');
  return [parts[0] ?? '1', parts[1] ?? '0', '0'].join('.');
}

const spellings: FileRule = {
  code: 'PACK_TWO_SPELLINGS',
  run: (root, report) => {
    for (const [documented, other] of manifestSpellings) {
      if (root[documented] === undefined || root[other] === undefined) continue;
      const message = `\`${other}\` is another spelling of \`${documented}\`, which wins`;
      report(warningAt('PACK_TWO_SPELLINGS', atKey([other]), message, `remove \`${other}\``));
    }
  },
};

const rules: readonly FileRule[] = [ref, version, spellings];

/** Reports what breaks a rule in a manifest. */
export function checkManifest(root: RawMap, report: Report): void {
  for (const rule of rules) rule.run(root, report);
}
