import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { cp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmbedded } from '../../src/embedded/start.ts';
import {
  effectiveUid,
  isRoot,
  nobody,
  openWorkshop,
  serversBelow,
  until,
  type Workshop,
} from './workshop.ts';

let workshop: Workshop;
beforeAll(async () => {
  workshop = await openWorkshop();
});
afterAll(() => workshop.close());

describe('startEmbedded', () => {
  it('makes a durable cluster that only the socket reaches, stops it, and finds its data again', async () => {
    const stateDir = join(await workshop.newDir(), 'state');
    const first = await startEmbedded({ stateDir });
    try {
      expect(first.adopted).toBe(false);
      expect(statSync(stateDir).mode & 0o777).toBe(0o700);
      expect(statSync(join(stateDir, 'postgres')).mode & 0o777).toBe(0o700);
      expect(statSync(join(stateDir, 'server.log')).mode & 0o777).toBe(0o600);
      expect(effectiveUid(first.pid)).not.toBe(0);
      const sql = postgres({ ...first.connection, max: 1 });
      const settings = await sql`
        select name, setting from pg_settings
        where name in ('listen_addresses', 'fsync', 'full_page_writes', 'synchronous_commit', 'TimeZone', 'server_encoding')
        order by name`;
      expect(Object.fromEntries(settings.map((row) => [row['name'], row['setting']]))).toEqual({
        ...{ listen_addresses: '', fsync: 'on', full_page_writes: 'on', synchronous_commit: 'on' },
        ...{ TimeZone: 'UTC', server_encoding: 'UTF8' },
      });
      await sql`create table kept (n int)`;
      await sql`insert into kept values (7)`;
      await sql.end();
    } finally {
      await first.stop();
    }
    expect(serversBelow(stateDir)).toEqual([]);
    await first.stop();
    const second = await startEmbedded({ stateDir });
    try {
      const sql = postgres({ ...second.connection, max: 1 });
      expect([...(await sql`select n from kept`)]).toEqual([{ n: 7 }]);
      await sql.end();
    } finally {
      await second.stop();
    }
    await second.gone;
    expect((await readdir(join(stateDir, 'postgres'))).filter((name) => name.startsWith('init-'))).toEqual(
      [],
    );
    expect(existsSync(join(stateDir, 'start.lock'))).toBe(false);
  });

  it('stops within 5 s while clients are connected and busy', async () => {
    const server = await startEmbedded({ stateDir: join(await workshop.newDir(), 'state') });
    const sql = postgres({ ...server.connection, max: 1 });
    const busy = sql`select pg_sleep(60)`.catch((error: unknown) => error);
    await until(async () => serversBelow(workshop.dir).length > 0);
    const begunMs = performance.now();
    await server.stop();
    expect(performance.now() - begunMs).toBeLessThan(5_000);
    expect(await busy).toMatchObject({ code: expect.any(String) });
    expect(serversBelow(workshop.dir)).toEqual([]);
    await sql.end({ timeout: 0 });
  });

  it('keeps a socket with a long path in a private temporary directory, where others find it', async () => {
    const stateDir = join(await workshop.newDir(), 'a'.repeat(60), 'b'.repeat(60));
    const server = await startEmbedded({ stateDir });
    const { host } = server.connection;
    try {
      expect(host.startsWith(stateDir)).toBe(false);
      expect(statSync(host).mode & 0o777).toBe(0o700);
      expect(statSync(host).uid).toBe(effectiveUid(server.pid));
      const other = workshop.starter(stateDir);
      expect(await other.running()).toMatchObject({ adopted: true, connection: { host } });
      other.say('query select 1 as one');
      expect(await other.next('rows')).toMatchObject({ rows: [{ one: 1 }] });
      other.say('stop');
      await other.exited;
      expect(serversBelow(stateDir)).not.toEqual([]);
    } finally {
      await server.stop();
    }
    expect(existsSync(host)).toBe(false);
    const again = await startEmbedded({ stateDir });
    await again.stop();
    expect(again.connection.host).toBe(host);
  });

  it('does not follow a link that somebody put in place of its temporary directory', async () => {
    const stateDir = join(await workshop.newDir(), 'a'.repeat(60), 'b'.repeat(60));
    const first = await startEmbedded({ stateDir });
    await first.stop();
    symlinkSync(await workshop.newDir(), first.connection.host);
    const second = await startEmbedded({ stateDir });
    await second.stop();
    expect(second.connection.host).not.toBe(first.connection.host);
    unlinkSync(first.connection.host);
  });

  it('refuses what is no directory, what everybody may write to, and what is no cluster of its version', async () => {
    const dir = await workshop.newDir();
    writeFileSync(join(dir, 'file'), '');
    await expect(startEmbedded({ stateDir: join(dir, 'file') })).rejects.toMatchObject({
      code: 'embedded_unusable',
    });
    await expect(startEmbedded({ stateDir: join(dir, 'file', 'below') })).rejects.toMatchObject({
      code: 'embedded_unusable',
    });
    const open = await workshop.newDir({ mode: 0o777 });
    await expect(startEmbedded({ stateDir: open })).rejects.toMatchObject({ code: 'embedded_unusable' });
    const stateDir = join(dir, 'state');
    await (await startEmbedded({ stateDir })).stop();
    const version = join(stateDir, 'postgres/data/PG_VERSION');
    writeFileSync(version, '15\n');
    await expect(startEmbedded({ stateDir })).rejects.toMatchObject({
      code: 'embedded_unusable',
      message: expect.stringContaining('PostgreSQL 15'),
    });
    writeFileSync(version, '');
    await expect(startEmbedded({ stateDir })).rejects.toMatchObject({ code: 'embedded_unusable' });
    expect(existsSync(join(stateDir, 'postgres/data/base'))).toBe(true);
    expect(existsSync(join(stateDir, 'start.lock'))).toBe(false);
  });

  it('tells what the server said when it does not start', async () => {
    const stateDir = join(await workshop.newDir(), 'state');
    await (await startEmbedded({ stateDir })).stop();
    writeFileSync(join(stateDir, 'postgres/data/postgresql.conf'), 'nonsense here is\n');
    await expect(startEmbedded({ stateDir })).rejects.toMatchObject({
      code: 'embedded_failed',
      message: expect.stringContaining('syntax error'),
    });
    expect(serversBelow(stateDir)).toEqual([]);
  });

  it('says what to do where the programs are not installed', async () => {
    const bare = await workshop.newDir();
    // Out of reach of the node_modules beside the workshop's own copy.
    const lonely = mkdtempSync('/tmp/pw-bare-');
    try {
      await cp(workshop.dist, lonely, { recursive: true });
      writeFileSync(join(lonely, 'package.json'), '{"type":"module"}');
      const starter = workshop.starter(join(bare, 'state'), { dist: lonely });
      expect(await starter.next('failed')).toMatchObject({
        code: 'embedded_missing',
        message: expect.stringMatching(/omit=optional.*DATABASE_URL/),
      });
    } finally {
      rmSync(lonely, { recursive: true });
    }
  });
});

describe.runIf(isRoot)('startEmbedded by root', () => {
  it('runs the server as somebody else below a directory that only root can enter', async () => {
    const closed = await workshop.newDir({ mode: 0o700 });
    const stateDir = join(closed, 'project', '.packwatch');
    for (const round of [1, 2]) {
      const server = await startEmbedded({ stateDir });
      try {
        expect(effectiveUid(server.pid)).not.toBe(0);
        // No supplementary group of root's either.
        expect(readFileSync(`/proc/${server.pid}/status`, 'utf8')).toMatch(/^Groups:\s*$/m);
        expect(readFileSync(`/proc/${server.pid}/status`, 'utf8')).toMatch(/^CapEff:\s*0+$/m);
        const sql = postgres({ ...server.connection, max: 1 });
        if (round === 1) await sql`create table kept (n int)`;
        await sql`insert into kept values (1)`;
        expect(await sql`select n from kept`).toHaveLength(round);
        await sql.end();
      } finally {
        await server.stop();
      }
    }
    expect(statSync(closed).mode & 0o777).toBe(0o700);
    expect(statSync(stateDir).uid).toBe(0);
  });

  it('manages with the rights that root has in a container', async () => {
    const stateDir = join(await workshop.newDir({ mode: 0o700 }), 'state');
    const prefix = ['setpriv', '--bounding-set=-sys_admin,-sys_ptrace,-dac_read_search,-sys_resource', '--'];
    const starter = workshop.starter(stateDir, { prefix });
    const { pid } = await starter.running();
    const adopter = workshop.starter(stateDir, { prefix });
    expect(await adopter.running()).toMatchObject({ adopted: true, pid });
    starter.process.kill('SIGKILL');
    await until(() => serversBelow(stateDir).length === 0, 5_000);
    adopter.say('gone');
    await adopter.next('gone');
    adopter.say('stop');
    expect(await adopter.exited).toBe(0);
  });

  it('lets nobody in but root, not even the account that the server runs as', async () => {
    const server = await startEmbedded({ stateDir: join(await workshop.newDir({ mode: 0o700 }), 'state') });
    const attempt = (uid: number, gid: number) =>
      spawnSync(process.execPath, [join(workshop.dir, 'login.mjs')], {
        ...{ uid, gid, cwd: server.connection.host, encoding: 'utf8' },
      }).stdout.trim();
    try {
      const { uid, gid } = statSync(server.connection.host);
      expect(attempt(uid, gid)).toBe('"28000"');
      expect(attempt(12345, 12345)).toBe('"EACCES"');
      expect(attempt(0, 0)).toBe('"in"');
    } finally {
      await server.stop();
    }
  });

  it('runs as the owner of the state directory, who can go on without root', async () => {
    const project = await workshop.newDir({ owner: nobody });
    const stateDir = join(project, 'var', '.packwatch');
    const server = await startEmbedded({ stateDir });
    expect(effectiveUid(server.pid)).toBe(nobody.uid);
    for (const dir of [stateDir, join(project, 'var')]) expect(lstatSync(dir).uid).toBe(nobody.uid);
    const adopter = workshop.starter(stateDir, { as: nobody });
    expect(await adopter.running()).toMatchObject({ adopted: true, pid: server.pid });
    adopter.say('query select current_user as me');
    expect(await adopter.next('rows')).toMatchObject({ rows: [{ me: 'packwatch' }] });
    await server.stop();
    adopter.say('stop');
    await adopter.exited;
    const owner = workshop.starter(stateDir, { as: nobody });
    expect(await owner.running()).toMatchObject({ adopted: false });
    owner.say('stop');
    expect(await owner.exited).toBe(0);
  });

  it('is started by an ordinary user, who gets a clear refusal for a directory of somebody else', async () => {
    const project = await workshop.newDir({ owner: nobody });
    const owner = workshop.starter(join(project, 'state'), { as: nobody });
    const { pid } = await owner.running();
    expect(effectiveUid(pid)).toBe(nobody.uid);
    owner.say('query select 1 as one');
    expect(await owner.next('rows')).toMatchObject({ rows: [{ one: 1 }] });
    const other = { uid: 12345, gid: 12345 };
    for (const stateDir of [join(project, 'state'), project, join(project, 'new')]) {
      const stranger = workshop.starter(stateDir, { as: other });
      expect(await stranger.next('failed')).toMatchObject({ code: 'embedded_unusable' });
    }
    owner.say('stop');
    expect(await owner.exited).toBe(0);
  });

  it('starts over lock files of a dead server whose pid belongs to another process now', async () => {
    const project = await workshop.newDir({ owner: nobody });
    const stateDir = join(project, 'state');
    const first = workshop.starter(stateDir, { as: nobody });
    await first.running();
    first.say('stop');
    await first.exited;
    const bystander = spawn('/bin/sleep', ['60'], { ...nobody, stdio: 'ignore' });
    const dataDir = join(stateDir, 'postgres/data');
    const stale = `${bystander.pid}\n${dataDir}\n1700000000\n5432\n${dataDir}\n\n  0  0\nready   \n`;
    for (const name of ['postmaster.pid', '.s.PGSQL.5432.lock']) writeFileSync(join(dataDir, name), stale);
    const second = workshop.starter(stateDir, { as: nobody });
    expect(await second.running()).toMatchObject({ adopted: false });
    second.say('stop');
    await second.exited;
    bystander.kill();
  });
});
