// The executor of docs/examples as a process that can be killed: after each change its whole copy, one line of JSON.
// Usage: node executor.mjs URL [URL…]
import { keepCopy } from '../../docs/examples/executor.mjs';

const tell = () =>
  process.stdout.write(
    `${JSON.stringify({ version: copy.version(), workflows: [...copy.workflows().values()] })}\n`,
  );
const copy = keepCopy({ urls: process.argv.slice(2), waitS: 5, onChange: tell });
