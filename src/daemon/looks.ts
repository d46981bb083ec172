// Looks at the disk that somebody waits for: over when passes that began after the asking have looked at all that was asked for,
// and nothing of it is left to be looked at again.
//
// States of a look: asked (no pass that began since has seen its scope) → left (some packs were being written, or lost a race, or
// lose something under a root that has just become another one: those are left) → done. `trouble` is told and changes nothing:
// the next pass over the scope decides. A source that another daemon leads ends its looks as `unled`.
import type { PackDir, SourceName } from '../model/pack.ts';
import type { PassReport } from '../reconcile/ports.ts';

export type LookEnd = 'done' | 'unled' | 'forgotten';

export type Look = {
  readonly end: Promise<LookEnd>;
  /** Nobody waits for it any more. */
  forget(): void;
};

export type LookOptions = {
  readonly source: SourceName;
  /** One pack directory, or the whole root. */
  readonly scope: PackDir | 'all';
  /** A pass tried and could not look, or not write; in words. Told each time. */
  onTrouble(reason: string): void;
  /** All but these was looked at; told when that changes, and not when none is left. */
  onLeft?(dirs: readonly PackDir[]): void;
};

export type Looks = {
  /** Asks for a pass. */
  ask(options: LookOptions): Look;
  passed(report: PassReport): void;
  /** The source is led here no more. */
  lost(source: SourceName): void;
};

export type LooksOptions = {
  nowMs(): number;
  /** Asks for a pass over a source or a pack of it. */
  push(source: SourceName, scope: PackDir | 'all'): void;
};

type Asked = LookOptions & {
  readonly askedAtMs: number;
  /** Undefined: nothing of it was looked at yet. */
  left: Set<PackDir> | undefined;
  end(how: LookEnd): void;
};

export function createLooks(options: LooksOptions): Looks {
  const asked = new Set<Asked>();

  const see = (one: Asked, report: PassReport) => {
    const { source, scope } = one;
    const root = report.roots.get(source);
    // A pass that was under way already may have passed by what has changed since.
    if (root === undefined || report.startedAtMs < one.askedAtMs) return;
    const trouble = troubleOf(report, source, scope);
    if (trouble !== undefined) {
      one.onTrouble(trouble);
      return;
    }
    const isFenced = report.packs.some((pack) => pack.source === source && pack.result?.outcome === 'fenced');
    if (root.identity === undefined || isFenced) return;
    const open = new Set([...(report.again.get(source) ?? []), ...(report.waiting.get(source) ?? [])]);
    if (root.isFull || (scope !== 'all' && (root.looked.has(scope) || open.has(scope)))) {
      one.left = new Set(scope === 'all' ? open : [scope].filter((dir) => open.has(dir)));
    } else for (const dir of root.looked) if (!open.has(dir)) one.left?.delete(dir);
    if (one.left?.size === 0) one.end('done');
    else if (one.left !== undefined) one.onLeft?.([...one.left].sort());
  };

  return {
    ask(look) {
      let settle: (how: LookEnd) => void = () => undefined;
      const end = new Promise<LookEnd>((resolve) => {
        settle = resolve;
      });
      const one: Asked = {
        ...look,
        askedAtMs: options.nowMs(),
        left: undefined,
        end(how) {
          asked.delete(one);
          settle(how);
        },
      };
      asked.add(one);
      options.push(look.source, look.scope);
      return { end, forget: () => one.end('forgotten') };
    },
    passed(report) {
      for (const one of [...asked]) see(one, report);
    },
    lost(source) {
      for (const one of [...asked]) if (one.source === source) one.end('unled');
    },
  };
}

/** Why a pass could not do what a look waits for. */
function troubleOf(report: PassReport, source: SourceName, scope: PackDir | 'all'): string | undefined {
  const unhealthy = report.unhealthy.find((one) => one.source === source);
  if (unhealthy) return `${source} cannot be looked at: ${unhealthy.reason}`;
  const refused = report.refused.find(
    (one) => one.source === source && (scope === 'all' || one.dir === scope),
  );
  return refused && `the database refused what ${refused.dir} of ${source} needs; the daemon's log says why`;
}
