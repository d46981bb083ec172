// What the benches tell, as Markdown: one function a part of bench/RESULTS.md, each from the JSON document or the text of a run.

/** Rows of cells, the first of them the heads; aligned as the formatter does it. */
export function table(heads, rows) {
  const cells = [heads, ...rows].map((row) => row.map((cell) => (cell === undefined ? '' : String(cell))));
  const widths = heads.map((_, at) => Math.max(3, ...cells.map((row) => row[at].length)));
  const line = (row) => `| ${row.map((cell, at) => cell.padEnd(widths[at])).join(' | ')} |`;
  return [
    line(cells[0]),
    `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`,
    ...cells.slice(1).map(line),
  ].join('\n');
}

const number = (value) => (value === undefined ? undefined : value.toLocaleString('en'));

export const tables = {
  loading({ corpus, rounds, median_ms: median, ratios, counts }) {
    const { workflows, packs, files, bytes } = corpus;
    const targets = { cold: 0.35, warm: 0.1, check: 0.3 };
    const rows = Object.entries(median).map(([name, ms]) => [
      ...[name, number(ms), ratios[`${name} / reference cold`]],
      targets[name] !== undefined && 'reference cold' in median ? targets[name] : undefined,
    ]);
    const what = `${number(workflows)} workflows in ${number(packs)} packs, ${number(files)} files, ${(bytes / 1e6).toFixed(1)} MB; median of ${rounds}. Parsed ${number(counts['parsed cold'])} and ${counts['parsed warm']}, written ${number(counts['written cold'])} and ${counts['written warm']} rows, ${counts.watches} watches on ${counts.directories} directories.`;
    return `${what}\n\n${table(['', 'ms', 'of the reference', 'target'], rows)}`;
  },
  stages({ median_ms: stages }) {
    const rows = Object.entries(stages).map(([stage, [clock, own, server]]) => [
      stage,
      number(clock),
      number(own),
      number(server),
    ]);
    return table(['stage', 'clock, ms', 'client, cpu ms', 'server, cpu ms'], rows);
  },
  saving(sizes) {
    const rows = sizes.map(({ size, edits, over_settle_ms: over }) => [
      size,
      edits,
      over.median,
      over.p90,
      over.p99,
      over.max,
    ]);
    const stages = sizes.map(({ size, trace_median_ms: trace }) => [size, ...Object.values(trace)]);
    return [
      'Milliseconds over the settle time:',
      table(['packs x workflows', 'edits', 'median', '90 %', '99 %', 'most'], rows),
      'Median of each stage, ms:',
      table(['packs x workflows', ...Object.keys(sizes[0].trace_median_ms)], stages),
    ].join('\n\n');
  },
  serving({ kinds, steady }) {
    const rows = Object.entries(kinds).map(([kind, one]) => [
      ...[kind, number(one.per_second), number(one.bare_per_second), one.ratio, number(one.bytes)],
      ...[`${one.cpu_ms} + ${one.database_cpu_ms}`, `${one.bare_cpu_ms} + ${one.bare_database_cpu_ms}`],
    ]);
    const constant = Object.entries(steady).map(([name, one]) => [
      ...[name, number(one.answers), one.median_ms, one.p99_ms, one.max_ms, one.p99_of_rounds_ms.join(', ')],
      ...[one.bench_late_p99_ms, one.p99_without_ms, number(one.waited_for_cpu_ms)],
    ]);
    return [
      'At 8 connections, median of the rounds; the target is a ratio of 0.6:',
      table(['', 'a second', 'bare', 'ratio', 'bytes', 'program + database, cpu ms', 'bare, cpu ms'], rows),
      'At a constant rate over 50 connections, ms from when each was due; the target is 20 ms at 99 %. How late the bench was is part of it, and told beside:',
      table(
        [
          '',
          'answers',
          'median',
          '99 %',
          'most',
          '99 % of each round',
          'late, 99 %',
          '99 % without',
          'waited for a core',
        ],
        constant,
      ),
    ].join('\n\n');
  },
  storm({ size, cold_ms: cold, last_write_to_last_commit_ms: last, ratio, ...rest }) {
    const heads = [
      'packs x workflows',
      'cold, ms',
      'last write to last commit, ms',
      'ratio',
      'most applies of a pack',
    ];
    const {
      most_applies_of_a_pack: applies,
      longest_turn_cpu_ms: turn,
      slowest_livez_ms: livez,
      livez_failed: failed,
    } = rest;
    return table(
      [...heads, 'longest turn, cpu ms', 'slowest /livez, ms', 'failed'],
      [[size, number(cold), number(last), ratio, applies, turn, livez, failed]],
    );
  },
  memory({ size, files, directories, warm, cold, cold_to_warm: growth, rescan }) {
    const rows = [
      ['packs x workflows', size],
      ['files, directories', `${number(files)}, ${number(directories)}`],
      ['after a warm restart, MB', warm.rss_mb],
      ['after a cold load, MB', `${cold.rss_mb} (${growth} of the warm)`],
      ['watches', number(warm.watches)],
      ['idle, % of a core, daemon and database', `${warm.idle_percent}, ${warm.database_idle_percent}`],
      ['rescan, cpu ms', number(rescan.cpu_ms)],
      ['its longest turn, cpu ms', rescan.longest_turn_cpu_ms],
    ];
    return table(['', ''], rows);
  },
  growth({ points }) {
    const rows = points.map((one) => [
      ...[number(one.definitions), one.cold_s.toFixed(2), one.warm_s.toFixed(2)],
      ...[one.edit_ms.toFixed(0), one.rss_mb.toFixed(0), one.parsed_warm, one.written_warm],
    ]);
    const heads = ['definitions', 'cold, s', 'warm, s', 'save to live, ms', 'memory, MB'];
    return `${table([...heads, 'parsed warm', 'written warm'], rows)}\n\n![growth](growth.svg)`;
  },
  counts: (text) => `\`\`\`text\n${text}\n\`\`\``,
  others: (text) => `\`\`\`text\n${text}\n\`\`\``,
};
