// The program as users run it: dist/, compiled again before a run whose sources are newer.
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

const repository = resolve(import.meta.dirname, '../..');

/** What a test starts with `node`. */
export const programPath = join(repository, 'dist/main.js');

export function setup(): void {
  if (!isStale()) return;
  const built = spawnSync('npm', ['run', '--silent', 'build'], { cwd: repository, encoding: 'utf8' });
  // Told and no more: the type check is a step of its own, and most tests do not need the program.
  if (built.status !== 0)
    process.stdout.write(`the program did not build cleanly\n${built.stdout}${built.stderr}`);
}

function isStale(): boolean {
  const built = newest(join(repository, 'dist'), '.js');
  return newest(join(repository, 'src'), '.ts') > built || built === 0;
}

/** Time of the youngest file with that ending, in ms; 0 without any. */
function newest(directory: string, ending: string): number {
  try {
    const names = readdirSync(directory, { recursive: true, encoding: 'utf8' });
    return Math.max(
      0,
      ...names.filter((name) => name.endsWith(ending)).map((name) => statSync(join(directory, name)).mtimeMs),
    );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return 0;
  }
}
