// What is answered to those who write.

import { schemaRef } from '../operation.ts';
import { flag, list, object } from './shapes.ts';

export const writeSchemas = {
  Verdict: object('Whether a definition would be taken.', {
    valid: flag('There is no error among the diagnostics.'),
    diagnostics: list(
      'Every problem; `path` is `body`, lines are those of the text that would be kept.',
      schemaRef('Diagnostic'),
    ),
  }),
};
