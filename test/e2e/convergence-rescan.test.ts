// Without a single event: a rescan every second ends in the same rows.
import { describeConvergence } from './convergence.ts';

describeConvergence('a running daemon that only rescans', ['--watch', 'off', '--rescan-s', '1']);
