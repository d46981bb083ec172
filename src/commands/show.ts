// `show REF`: one workflow, or its text as it was written.
import { renderWorkflow } from '../output/workflow-text.ts';
import { isMistake, readRef, tellMistake } from './arguments.ts';
import { exitCodes } from './context.ts';
import { printDocument, tableOptions } from './print.ts';
import { withDaemon } from './with-daemon.ts';

export const show = withDaemon(async (client, context, input) => {
  const ref = readRef(input);
  if (isMistake(ref)) return tellMistake(context, ref);
  const asYaml = input.options['yaml'] === true;
  if (asYaml && context.format === 'json') {
    return tellMistake(context, { mistake: 'say --yaml or --format json, not both' });
  }
  if (asYaml) {
    context.out(await client.workflowText(ref));
    return exitCodes.done;
  }
  const workflow = await client.workflow(ref);
  if (context.format === 'json') printDocument(context, workflow);
  else context.out(renderWorkflow(workflow, tableOptions(context)));
  return exitCodes.done;
});
