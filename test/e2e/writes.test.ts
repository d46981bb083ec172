// A running daemon, its files and its clients: what one holds the other waits for, and gets as soon as it is free.
import { describe, expect, it, onTestFinished } from 'vitest';
import { packFiles, workflowText } from '../support/pack-text.ts';
import { createSite } from '../support/site.ts';
import { archive, file } from '../support/tar.ts';
import { eventually } from '../support/wait.ts';

const yaml = 'application/yaml';

async function start() {
  const site = await createSite((act) => onTestFinished(act));
  await site.saveAll(packFiles('ops', { ours: workflowText({ x: 1 }) }));
  const daemon = site.daemon(['--rescan-s', '3600']);
  await daemon.ready();
  const base = `${await daemon.url()}/api/v1`;
  const ask = async (method: string, path: string, body?: string | Buffer, type = yaml) => {
    const response = await fetch(base + path, {
      method,
      ...(body === undefined
        ? {}
        : { body: new Uint8Array(Buffer.from(body)), headers: { 'content-type': type } }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
  };
  const rowOf = async (ref: string) => {
    const [row] = await site.rows(
      'select id, source, status from packwatch.workflow_definition where ref = $1',
      [ref],
    );
    return row;
  };
  const stateOf = async (path: string) => {
    const [row] = await site.rows(
      "select state from packwatch.pack_file where source = 'root:packs' and path = $1",
      [path],
    );
    return row?.['state'];
  };
  return { ...site, daemon, ask, rowOf, stateOf };
}

describe('a daemon', () => {
  it('gives a file the ref that a client has retired, at once', async () => {
    const { daemon, ask, rowOf, stateOf, save } = await start();
    const text = `ref: ops.both\n${workflowText({ x: 2 })}`;
    expect(await ask('POST', '/workflows', text)).toMatchObject({
      status: 201,
      body: { data: { source: 'api' } },
    });
    // One of the file's, one of the client's.
    expect(await daemon.metric('packwatch_rows_written_total', 'verb="registered"')).toBe(2);
    const mine = await rowOf('ops.both');
    await save('ops/workflows/both.yaml', workflowText({ x: 3 }));
    await eventually(async () => expect(await stateOf('ops/workflows/both.yaml')).toBe('conflict'));
    expect(await rowOf('ops.both')).toEqual(mine);
    expect((await ask('DELETE', '/workflows/ops.both')).status).toBe(204);
    await eventually(async () =>
      expect(await rowOf('ops.both')).toEqual({ id: mine?.['id'], source: 'root:packs', status: 'active' }),
    );
    expect((await ask('PUT', '/workflows/ops.both', text)).body).toMatchObject({ code: 'owned_by_file' });
  });

  it('gives a directory the pack that a client has retired, at once', async () => {
    const { ask, rowOf, stateOf, saveAll } = await start();
    const upload = archive(
      file('shop/pack.yaml', 'ref: shop\nversion: 1.0.0\n'),
      file('shop/workflows/sell.yaml', workflowText({ x: 1 })),
    );
    expect((await ask('POST', '/packs', upload, 'application/gzip')).status).toBe(201);
    const mine = await rowOf('shop.sell');
    await saveAll(packFiles('shop', { sell: workflowText({ x: 2 }) }));
    await eventually(async () => expect(await stateOf('shop/pack.yaml')).toBe('conflict'));
    expect(await rowOf('shop.sell')).toEqual(mine);
    expect((await ask('DELETE', '/packs/shop')).status).toBe(204);
    await eventually(async () =>
      expect(await rowOf('shop.sell')).toEqual({ id: mine?.['id'], source: 'root:packs', status: 'active' }),
    );
  });
});
