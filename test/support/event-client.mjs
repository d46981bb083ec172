// A client of an event stream as the standard describes it: blocks as they come, ids that outlive a connection.

/** The blocks of a body: `event`, `data` (JSON), `id`; a comment has none of them. Ends or throws as the body does. */
export async function* readBlocks(body) {
  const decoder = new TextDecoder();
  let text = '';
  for await (const bytes of body) {
    text += decoder.decode(bytes, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop();
    for (const block of blocks) yield readBlock(block);
  }
}

function readBlock(text) {
  const fields = {};
  for (const line of text.split('\n')) {
    const [, name, value] = /^([a-z]*): ?(.*)$/.exec(line) ?? [];
    if (name) fields[name] = value;
  }
  return {
    ...(fields.id === undefined ? {} : { id: Number(fields.id) }),
    ...(fields.retry === undefined ? {} : { retry: Number(fields.retry) }),
    ...(fields.event === undefined ? {} : { event: fields.event }),
    ...(fields.data === undefined ? {} : { data: JSON.parse(fields.data) }),
  };
}
