// A step of the build: the validators as a module beside `validate.ts`, so that no start has to make them.
import { writeFileSync } from 'node:fs';
import { textOfValidators } from './compile-schemas.ts';
import { compiledName, digestOfSchemas, validated } from './validate.ts';

const text = textOfValidators(validated);
const madeOf = `exports.madeOf = ${JSON.stringify(digestOfSchemas())};`;
writeFileSync(new URL(compiledName, import.meta.url), `${text}\n${madeOf}\n`);
