// The JSON Schema of the SARIF standard as a function: a log in, what is wrong with it out.
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';

/** Compiles the schema, which takes a moment. An empty list: the log is valid. */
export function createSarifValidator(): (log: unknown) => readonly string[] {
  const schema = JSON.parse(
    readFileSync(new URL('../fixtures/sarif/sarif-schema-2.1.0.json', import.meta.url), 'utf8'),
  ) as Record<string, unknown>;
  // Draft 4 says `id`; of what else changed since the schema uses nothing.
  const { id, $schema: _, ...rest } = schema;
  const ajv = new Ajv({ strict: false, allErrors: true });
  ajv.addFormat('uri', (text) => /^[a-z][a-z0-9+.-]*:[!-~]*$/i.test(text) && URL.canParse(text));
  ajv.addFormat('uri-reference', (text) => /^(?:[!#$&-;=?-Z_a-z~]|%[0-9A-F]{2})*$/i.test(text));
  ajv.addFormat('date-time', (text) => !Number.isNaN(Date.parse(text)));
  const validate = ajv.compile({ ...rest, $id: String(id) });
  return (log) =>
    validate(log) ? [] : (validate.errors ?? []).map((one) => `${one.instancePath} ${one.message}`);
}
