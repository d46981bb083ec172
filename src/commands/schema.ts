// `schema`: prints the JSON Schema of a kind of file, or of all of them.
import { printedSchema, printedSchemas, type SchemaName, schemaNames } from '../language/schema/printed.ts';
import { suggest } from '../language/suggest.ts';
import { type Command, exitCodes } from './context.ts';

export const schema: Command = async (context, { args: [name] }) => {
  if (name !== undefined && !isSchemaName(name)) {
    const near = suggest(name, schemaNames);
    const help =
      near === undefined ? `give one of ${schemaNames.join(', ')}, or none for all` : `did you mean ${near}?`;
    context.err(`packwatch: there is no schema ${JSON.stringify(name)}; ${help}\n`);
    return exitCodes.usage;
  }
  const document = name === undefined ? printedSchemas() : printedSchema(name);
  context.out(`${JSON.stringify(document, null, context.format === 'json' ? 0 : 2)}\n`);
  return exitCodes.done;
};

function isSchemaName(name: string): name is SchemaName {
  return schemaNames.some((one) => one === name);
}
