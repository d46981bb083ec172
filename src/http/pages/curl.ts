// An operation → the command line that asks it.
import type { Placed } from './document-shape.ts';

const files: Readonly<Record<string, string>> = {
  'application/yaml': 'restart.yaml',
  'application/gzip': 'ops.tar.gz',
};

const maxColumns = 90;

/** `base`: scheme and host of the listener. */
export function curlOf({ method, path, operation }: Placed, base: string): string {
  const { parameters = [], requestBody, responses, security } = operation;
  const exampleOf = (name: string) => {
    const { schema } = parameters.find((parameter) => parameter.name === name) ?? {};
    return String((schema?.['examples'] as readonly unknown[] | undefined)?.[0] ?? 'x');
  };
  const query = parameters
    .filter((parameter) => parameter.in === 'query' && parameter.required)
    .map(({ name }) => `${name}=${exampleOf(name)}`);
  const address = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => exampleOf(name));
  const url = `${base}${address}${query.length === 0 ? '' : `?${query.join('&')}`}`;
  const [type, content] = Object.entries(requestBody?.content ?? {})[0] ?? [];
  const isStream = Object.values(responses).some(
    ({ content: one }) => one?.['text/event-stream'] !== undefined,
  );
  const options = [
    ...(security.length === 0 ? [] : ['-H "Authorization: Bearer $PACKWATCH_TOKEN"']),
    ...(type === undefined ? [] : [`-H ${quoted(`Content-Type: ${type}`)}`, data(type, content?.example)]),
  ];
  const command = [
    'curl',
    ...(method === 'get' ? [] : ['-X', method.toUpperCase()]),
    ...(isStream ? ['-N'] : []),
  ];
  const parts = [command.join(' '), ...options, quoted(url)];
  const line = parts.join(' ');
  return line.length <= maxColumns ? line : parts.join(' \\\n  ');
}

function data(type: string, example: unknown): string {
  const file = files[type];
  if (file !== undefined) return `--data-binary @${file}`;
  return `-d ${quoted(JSON.stringify(example ?? {}))}`;
}

/** For a shell, where that needs quotes. */
function quoted(text: string): string {
  return /^[\w/:.@=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
