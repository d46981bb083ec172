// `graph`: the task graph of one workflow, as a picture's source or as one document.
import { buildGraph } from '../language/graph.ts';
import { toDot } from '../output/graph-dot.ts';
import { toMermaid } from '../output/graph-mermaid.ts';
import { type Command, exitCodes } from './context.ts';
import { configure } from './settings.ts';
import { findWorkflow, tellLookup } from './workflow-file.ts';

export const graph: Command = async (context, input) => {
  const config = configure(context, input, []);
  if (typeof config === 'number') return config;
  const { as, action } = input.options;
  const found = await findWorkflow(
    context,
    config,
    input.args[0] ?? '',
    typeof action === 'string' ? action : undefined,
  );
  if (!('workflow' in found)) return tellLookup(context, found);
  const graph = buildGraph(found.workflow.file.graph);
  if (context.format === 'json') context.out(`${JSON.stringify(graph)}\n`);
  else context.out(as === 'dot' ? toDot(graph, found.ref ?? found.workflow.path) : toMermaid(graph));
  return exitCodes.done;
};
