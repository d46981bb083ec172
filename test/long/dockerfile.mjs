// A Dockerfile and a .dockerignore, as far as this project uses them → what an engine would do.
import { spawnSync } from 'node:child_process';

/** Instructions in their order; a line that ends with a backslash goes on. */
export function readDockerfile(text) {
  const joined = text.replaceAll(/^\s*#.*\n/gm, '').replaceAll(/\\\n/g, ' ');
  return joined
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, word, rest] = /^([A-Z]+) (.*)$/.exec(line) ?? [];
      if (word === undefined) throw new Error(`not an instruction: ${line}`);
      return { word, rest };
    });
}

/** Stages by name, each a list of instructions; the last one is what is run. */
export function stagesOf(instructions) {
  const stages = new Map();
  let stage;
  for (const { word, rest } of instructions) {
    if (word === 'FROM') {
      const [image, , name] = rest.split(' ');
      stage = { name, image, steps: [] };
      stages.set(name, stage);
    } else stage.steps.push({ word, rest });
  }
  return stages;
}

/** `NAME=value NAME=value`, without quotes. */
export const readEnv = (rest) => Object.fromEntries(rest.split(' ').map((pair) => pair.split(/=(.*)/s)));

/** `--from=STAGE A B TO` */
export function readCopy(rest) {
  const words = rest.split(' ');
  const from = words[0].startsWith('--from=') ? words.shift().slice('--from='.length) : undefined;
  return { from, to: words.pop(), names: words };
}

/** The command after a HEALTHCHECK's options. */
export const readHealthcheck = (rest) => JSON.parse(rest.slice(rest.indexOf('CMD ') + 4));

/** Files of `dir` that an engine would be sent: of the patterns that fit a file or a directory above it the last one counts. */
export function contextOf(dir, ignoreText) {
  const patterns = ignoreText
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const listed = spawnSync('find', ['.', '-name', 'node_modules', '-prune', '-o', '-type', 'f', '-print'], {
    cwd: dir,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  const files = listed.stdout
    .split('\n')
    .filter(Boolean)
    .map((path) => path.slice(2));
  return files.filter((file) => {
    let isSent = true;
    for (const pattern of patterns) {
      const name = pattern.replace(/^!/, '');
      if (name === '*' || file === name || file.startsWith(`${name}/`)) isSent = pattern.startsWith('!');
    }
    return isSent;
  });
}
