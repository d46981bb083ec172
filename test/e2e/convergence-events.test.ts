// With events; the rescan is an hour away, so only they can have told.
import { describeConvergence } from './convergence.ts';

describeConvergence('a running daemon that watches', ['--watch', 'events', '--rescan-s', '3600']);
