// `dev`: `run` for an author: what is registered in plain words, then a line for each definition that went live and a frame
// for each problem.
import { basename, join, relative } from 'node:path';
import type { Config } from '../config.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import { renderChange, renderWelcome } from '../output/dev-text.ts';
import { renderDiagnostics } from '../output/diagnostics-text.ts';
import type { PackReport, PassReport } from '../reconcile/ports.ts';
import { createLogger } from '../telemetry/logger.ts';
import type { Command, CommandContext } from './context.ts';
import { runDaemon } from './run.ts';
import { configure } from './settings.ts';

export const dev: Command = async (context, input) => {
  const configured = configure(context, input);
  if (typeof configured === 'number') return configured;
  const config = forAuthor(configured);
  const colour = context.style.bold('x') !== 'x';
  const logger = await createLogger({ level: config.logLevel, destination: 'stderr', pretty: true, colour });
  const startedAt = performance.now();
  let first = true;
  let place:
    | { readonly place: string; readonly psql: string | undefined; readonly url: string | undefined }
    | undefined;
  let firstPass: PassReport | undefined;
  const early: PackReport[] = [];

  const welcome = () => {
    if (!first || !place || !firstPass) return;
    first = false;
    context.out(
      renderWelcome(
        {
          version: context.version,
          packs: early.map(({ plan }) => plan),
          pass: { unchanged: firstPass.unchanged, problems: firstPass.invalid.length },
          tookMs: performance.now() - startedAt,
          roots: config.roots.map(({ path }) => shown(context, path)),
          url: place.url,
          database: place.place,
          psql: place.psql,
          example: exampleOf(context, config, early),
        },
        context.style,
      ),
    );
    tellDiagnostics(
      context,
      config,
      firstPass.invalid.flatMap(({ source, diagnostics }) =>
        diagnostics.map((diagnostic) => ({ source, diagnostic })),
      ),
    );
  };

  return runDaemon(context, config, logger, {
    logsPacks: false,
    hangup: 'stop',
    started(_, url, opened) {
      place = { ...opened, url };
      welcome();
    },
    onPack(report) {
      if (first) {
        early.push(report);
        return;
      }
      tellDiagnostics(
        context,
        config,
        report.diagnostics.map((diagnostic) => ({ source: report.source, diagnostic })),
      );
      for (const change of report.plan.changes) context.out(`${renderChange(change, context.style)}\n`);
    },
    onPass(report) {
      // A standby passes over nothing before it leads: that is no first look.
      if (first && report.roots.size > 0) {
        firstPass = report;
        welcome();
      } else if (report.packs.some(wentLive)) {
        const tookMs = Math.round(performance.now() - report.oldestSeenAtMs);
        const when =
          report.cause === 'watch' ? `live ${tookMs} ms after the save` : 'live, found by a rescan';
        context.out(`${context.style.dim(`  ${when}`)}\n`);
      }
    },
  });
};

/** An author clears out packs and reads the terminal, so nothing is held by its number and the log keeps to what is wrong. */
function forAuthor(config: Config): Config {
  return {
    ...config,
    pruneMaxPercent: config.origins.pruneMaxPercent === 'default' ? 100 : config.pruneMaxPercent,
    logLevel: config.origins.logLevel === 'default' ? 'warn' : config.logLevel,
  };
}

function tellDiagnostics(
  context: CommandContext,
  config: Config,
  found: readonly { readonly source: string; readonly diagnostic: Diagnostic }[],
): void {
  const files = new Map<string, Diagnostic[]>();
  for (const { source, diagnostic } of found) {
    const root = config.roots.find((one) => one.source === source);
    const path = join(root?.path ?? '', diagnostic.path);
    files.set(path, [...(files.get(path) ?? []), diagnostic]);
  }
  const shownFiles = [...files].map(([path, diagnostics]) => ({
    path: shown(context, path),
    text: context.textForFrame(path),
    diagnostics,
  }));
  const text = renderDiagnostics(shownFiles, { style: context.style, columns: context.columns ?? 100 });
  if (text !== '') context.out(`${text}\n\n`);
}

function shown(context: CommandContext, path: string): string {
  const short = relative(context.cwd, path);
  return short === '' ? '.' : short.startsWith('..') ? path : short;
}

/** A workflow file to try an edit on. */
function exampleOf(
  context: CommandContext,
  config: Config,
  packs: readonly PackReport[],
): string | undefined {
  for (const { source, plan } of packs) {
    const path = plan.workflows.find((one) => basename(one.sourcePath ?? '') !== '')?.sourcePath;
    const root = config.roots.find((one) => one.source === source);
    if (path && root) return shown(context, join(root.path, path));
  }
  const [root] = config.roots;
  return root ? shown(context, root.path) : undefined;
}

/** True when something of the pack is served now that was not before, or is served no more. */
function wentLive({ plan, result }: PackReport): boolean {
  return (
    result?.outcome === 'applied' &&
    plan.changes.some(({ verb }) => verb !== 'degraded' && verb !== 'rejected')
  );
}
