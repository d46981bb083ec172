// What a terminal is shown and a pipe is not: the program on a terminal of its own, which `script` makes.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCommand } from '../support/daemon.ts';
import { createSite } from '../support/site.ts';

const colour = '\u001b';

describe('check', () => {
  it('colours on a terminal, unless NO_COLOR is set to anything', async ({ onTestFinished }) => {
    const site = await createSite(onTestFinished, { database: 'none' });
    const path = join(site.root, 'shop/workflows/bad.yaml');
    await mkdir(dirname(path), { recursive: true });
    await writeFile(join(site.root, 'shop/pack.yaml'), 'ref: shop\nversion: 1.0.0\n');
    await writeFile(path, 'version: 1.0.0\ntasks: [\n');
    const onTerminal = async (env: Readonly<Record<string, string>>, format = 'text'): Promise<string> => {
      // `$0` and `$1` are Node and the program; `script` takes a command as one word.
      const words = `$0 $1 check ${site.root} --format ${format}`;
      const through = ['sh', '-c', `exec script -qec "${words}" /dev/null`];
      const { stdout } = await runCommand({
        args: [],
        cwd: site.dir,
        env: { TERM: 'xterm', ...env },
        through,
      });
      expect(stdout).toContain('YAML_SYNTAX');
      return stdout;
    };
    expect(await onTerminal({})).toContain(`${colour}[31merror[YAML_SYNTAX]${colour}[39m`);
    expect(await onTerminal({ NO_COLOR: '' })).toContain(colour);
    expect(await onTerminal({ NO_COLOR: '1' })).not.toContain(colour);
    expect(await onTerminal({}, 'github')).not.toContain(colour);
    const piped = await site.run(['check', site.root], { env: { FORCE_COLOR: '1' } });
    expect(piped.stdout).toContain('YAML_SYNTAX');
    expect(piped.stdout).not.toContain(colour);
  });
});
