// What became of a file that was waited for → text for people. Pure.
import type { WaitAnswer } from '../model/wait.ts';
import { visible } from './cells.ts';
import { type FileDiagnostics, renderDiagnostics } from './diagnostics-text.ts';
import type { Style } from './style.ts';

export type WaitTextOptions = {
  readonly style: Style;
  readonly columns: number;
  /** What was waited for, as it was given. */
  readonly subject: string;
  /** Its diagnostics, beside the texts they are about. */
  readonly files: readonly FileDiagnostics[];
};

/** One line, and for what is not live the frames that `check` prints above it. */
export function renderWait(answer: WaitAnswer, options: WaitTextOptions): string {
  const { style, columns, subject, files } = options;
  const name = visible(answer.ref ?? subject);
  const why = answer.reason === undefined ? '' : `: ${visible(answer.reason)}`;
  if (answer.state === 'live')
    return `${style.bold(name)} is ${style.green('live')}${revisionOf(answer)}${why}\n`;
  const frames = renderDiagnostics(files, { style, columns });
  const word = answer.state === 'rejected' ? style.red('is rejected') : style.yellow('is not live yet');
  return `${frames === '' ? '' : `${frames}\n\n`}${style.bold(name)} ${word}${why}\n`;
}

function revisionOf({ number, revision }: WaitAnswer): string {
  return number === undefined || revision === undefined
    ? ''
    : `, revision ${number} (${revision.slice(0, 12)})`;
}
