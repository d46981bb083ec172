// What a daemon says of itself → text for people. Pure.
import type { DaemonState, RootState } from '../model/daemon-state.ts';
import { visible } from './cells.ts';
import { renderFields } from './fields.ts';
import { type Column, renderTable, type TableOptions } from './table.ts';
import { count, duration, group, minute } from './words.ts';

export function renderStatus(state: DaemonState, url: string, options: TableOptions): string {
  const { style } = options;
  const ready = state.ready ? style.green('ready') : style.red('not ready');
  const fields = renderFields(
    [
      ['daemon', `${visible(url)}, version ${visible(state.version)}`],
      ['state', `${ready}, up since ${minute(state.started)} UTC`],
      ['database', visible(state.database)],
      ['reads at', replicaOf(state)],
      ['definitions', definitionsOf(state)],
      ['last pass', lastPassOf(state)],
      ['its work', workOf(state)],
    ],
    style,
  );
  const roots = renderTable(state.roots, rootColumns(options), options);
  return [fields, renderReasons(state, options), roots, renderTrouble(state, options)]
    .filter((part) => part !== '')
    .join('\n');
}

/** Why it is not ready, or which root is unhealthy; empty when nothing is wrong. */
export function renderReasons({ ready, reasons }: DaemonState, { style }: TableOptions): string {
  const colour = ready ? style.yellow : style.red;
  return reasons.map(({ code, message }) => `${colour(visible(code))} ${visible(message)}\n`).join('');
}

function replicaOf({ read_replica: replica }: DaemonState): string {
  if (!replica) return '';
  const behind = replica.behind_ms > 0 ? ` (${duration(replica.behind_ms)})` : '';
  return `${visible(replica.database)}: ${replica.state}${behind}`;
}

function definitionsOf({ definitions, files, catalog_version: version }: DaemonState): string {
  const counts = Object.entries(definitions).filter(([, number]) => number > 0);
  const words = counts.map(([status, number]) => `${group(number)} ${visible(status)}`).join(', ');
  return `${words || 'none'}, from ${count(files, 'file')}; catalogue version ${version}`;
}

function lastPassOf({ last_pass: pass }: DaemonState): string {
  if (pass === null) return 'none yet';
  const when = pass.at === null ? '' : `${minute(pass.at)} UTC, `;
  return `${when}for ${visible(pass.cause)}, took ${duration(pass.duration_ms)}`;
}

function workOf({ last_pass: pass }: DaemonState): string {
  if (pass === null) return '';
  const { parsed, written, unchanged, problems } = pass;
  const work = `${count(parsed, 'file')} parsed, ${count(written, 'row')} written, ${group(unchanged)} unchanged`;
  return problems === 0 ? work : `${work}, ${count(problems, 'invalid file')}`;
}

function rootColumns({ style }: TableOptions): readonly Column<RootState>[] {
  return [
    { title: 'ROOT', cell: ({ source }) => source },
    {
      title: 'ROLE',
      cell: ({ role, leader }) =>
        role === 'standby' && leader !== null ? `standby of ${leader}` : (role ?? 'none yet'),
      least: 10,
    },
    { title: 'WATCH', cell: ({ watch }) => watch ?? '-' },
    {
      title: 'HEALTH',
      cell: ({ healthy }) => (healthy ? 'healthy' : 'unhealthy'),
      dress: (text, { healthy }) => (healthy ? style.green(text) : style.red(text)),
    },
    {
      title: 'HELD',
      cell: ({ held }) => (held === 0 ? '-' : group(held)),
      dress: (text, { held }) => (held === 0 ? text : style.yellow(text)),
      align: 'right',
    },
    { title: 'PATH', cell: ({ path }) => path, least: 16 },
  ];
}

/** What a root lacks, too long for a table. */
function renderTrouble({ roots }: DaemonState, { style }: TableOptions): string {
  return roots
    .flatMap(({ source, held, unlisted }) => [
      ...unlisted.map(
        ({ pack, reason }) =>
          `${style.yellow('cannot be listed')} ${visible(source)} ${visible(pack)}: ${visible(reason)}\n`,
      ),
      ...(held === 0
        ? []
        : [
            `${style.yellow('held')} ${count(held, 'removal')} of ${visible(source)}: \`packwatch held\` tells which\n`,
          ]),
    ])
    .join('');
}
