// What others ask of the loop, by the row of a lease or over the API: joined here, beside the loop that answers it.
import type { Config } from '../config.ts';
import type { Logger } from '../model/logger.ts';
import type { PackDir, SourceName } from '../model/pack.ts';
import type { Scans } from '../model/scan.ts';
import type { Wait } from '../model/wait.ts';
import type { PassReport } from '../reconcile/ports.ts';
import type { Catalog } from '../store/catalog.ts';
import type { Database } from '../store/connect.ts';
import { createWriter } from '../store/writer.ts';
import { createBarrier } from './barrier.ts';
import { createLooks } from './looks.ts';
import { createPackPreview } from './pack-preview.ts';
import { createScanRequests } from './scan-requests.ts';
import { createScans } from './scans.ts';
import type { DaemonStatus } from './status.ts';
import { systemClock } from './system-clock.ts';
import { createWait } from './waits.ts';

export type AskedOptions = {
  readonly config: Config;
  readonly database: Database;
  readonly catalog: Catalog;
  readonly status: DaemonStatus;
  readonly logger: Logger;
  /** Of the daemon's own roots. */
  readonly sources: readonly SourceName[];
  /** Sources that are led here. */
  held(): readonly SourceName[];
  epochOf(source: SourceName): number | undefined;
  /** Leads a source that is there to be led. Never throws. */
  reconsider(source: SourceName): Promise<void>;
  /** Asks for a pass. */
  push(source: SourceName, scope: PackDir | 'all'): void;
};

export type Asked = {
  readonly wait: Wait;
  readonly scans: Scans;
  /** A scan of a source that is led here is asked for. */
  asked(source: SourceName, number: number): void;
  /** A scan of this source, or of any, may have been asked for or answered. */
  wake(source: string | undefined): void;
  passed(report: PassReport): void;
  /** The source is led by another now. */
  lost(source: SourceName): void;
};

export function createAsked(options: AskedOptions): Asked {
  const { config, database, catalog, status, logger, sources, held, epochOf, push } = options;
  const { sleep, nowMs } = systemClock;
  const looks = createLooks({ nowMs, push });
  const requests = createScanRequests({ database, logger, looks, led: held, epochOf });
  const { reconsider } = options;
  const rootOf = (source: SourceName) => status.rootOf(source);
  const barrier = createBarrier({ database, looks, sources, led: held, sleep, reconsider, rootOf });
  // Without a lease nothing can be written.
  const preview = createPackPreview(config, createWriter({ database, epochOf: () => undefined }));
  return {
    wait: createWait({ barrier, catalog, status, sources, sleep }),
    scans: createScans({ database, catalog, barrier, preview, sources }),
    asked: requests.asked,
    wake(source) {
      barrier.wake(source);
      void requests.wake(source);
    },
    passed: looks.passed,
    lost: looks.lost,
  };
}
