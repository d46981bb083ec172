// Dockerfile, compose.yaml and the Kubernetes example: the rules of this project, and linters, each shown to say no.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import yaml from 'yaml';
import { readDockerfile, stagesOf } from './dockerfile.mjs';
import { project } from './harness.mjs';

const read = (name) => readFileSync(join(project, name), 'utf8');

/** What no schema says. `need(holds, problem)` is told each thing that has to hold. */
export function lintRules(need) {
  lintDockerfile(need);
  lintCompose(need);
}

/** `linters` is where dockerfile-utils, dclint and kubernetes-models are installed, `scratch` a directory to write in. */
export function lintWith(linters, scratch, need) {
  const load = createRequire(join(linters, 'package.json'));
  const { validate } = load('dockerfile-utils');
  for (const { message, range } of validate(read('Dockerfile')))
    need(false, `Dockerfile:${range.start.line + 1}: ${message}`);
  need(validate('FROM a\nRUNN x\n').length > 0, 'the linter of the Dockerfile sees nothing');
  const dclint = (file) =>
    spawnSync(process.execPath, [join(linters, 'node_modules/dclint/bin/dclint.cjs'), file], {
      encoding: 'utf8',
    });
  const told = dclint(join(project, 'compose.yaml'));
  need(told.status === 0, `compose.yaml: ${told.stdout}${told.stderr}`);
  const broken = join(scratch, 'broken.yaml');
  writeFileSync(broken, read('compose.yaml').replace('read_only: true', 'read_onlyy: true'));
  need(dclint(broken).status === 1, 'the linter of compose.yaml sees nothing');
  const documents = yaml
    .parseAllDocuments(read('docs/examples/kubernetes.yaml'))
    .map((document) => document.toJS());
  const check = ({ apiVersion, kind, ...rest }) => {
    const Kind = load(`kubernetes-models/${apiVersion}`)[kind];
    new Kind({ ...rest }).validate();
  };
  for (const document of documents) {
    try {
      check(document);
    } catch (error) {
      need(false, `kubernetes.yaml: ${document.kind}: ${error.message}`);
    }
  }
  const wrong = structuredClone(documents.at(-1));
  wrong.spec.template.spec.containers[1].livenessProbe.periodSeconds = 'often';
  let isNoticed = false;
  try {
    check(wrong);
  } catch {
    isNoticed = true;
  }
  need(isNoticed, 'the schemas of Kubernetes see nothing');
  return `${documents.length} Kubernetes objects, Dockerfile, compose.yaml`;
}

function lintDockerfile(need) {
  const text = read('Dockerfile');
  const stages = [...stagesOf(readDockerfile(text)).values()];
  const last = stages.at(-1);
  need(stages.length >= 2, 'Dockerfile: one stage only');
  need(
    stages.every(({ image, name }) => /:\d\S*-slim$/.test(image) && name),
    'Dockerfile: a FROM without version, slim or name',
  );
  need(
    last.steps.some(({ word, rest }) => word === 'USER' && !/^(root|0)\b/.test(rest)),
    'Dockerfile: it runs as root',
  );
  for (const { word, rest } of stages.flatMap(({ steps }) => steps)) {
    if (['CMD', 'ENTRYPOINT', 'RUN'].includes(word))
      need(/^\[.*\]$/.test(rest), `Dockerfile: ${word} not in exec form`);
    need(word !== 'ADD', 'Dockerfile: ADD');
  }
  need(read('Dockerfile').includes('"--omit=optional"'), 'Dockerfile: the embedded database is not left out');
}

function lintCompose(need) {
  const { services, secrets } = yaml.parse(read('compose.yaml'));
  const { packwatch, executor, postgres } = services;
  need(
    packwatch.volumes.every((volume) => volume.endsWith(':ro')),
    'compose.yaml: packs can be written',
  );
  for (const [name, service] of [
    ['packwatch', packwatch],
    ['executor', executor],
  ])
    need(
      service.read_only && service.cap_drop.includes('ALL') && service.init,
      `compose.yaml: ${name} is not closed up`,
    );
  need(
    packwatch.depends_on.postgres.condition === 'service_healthy',
    'compose.yaml: the database is not waited for',
  );
  need(
    packwatch.ports.every((port) => port.startsWith('127.0.0.1:')),
    'compose.yaml: a port is open to others',
  );
  for (const name of [...packwatch.secrets, ...executor.secrets, ...postgres.secrets])
    need(secrets[name] !== undefined, `compose.yaml: no secret ${name}`);
  const pod = yaml.parseAllDocuments(read('docs/examples/kubernetes.yaml')).at(-1).toJS().spec.template.spec;
  const main = pod.containers.find(({ name }) => name === 'packwatch');
  need(
    pod.securityContext.runAsNonRoot && main.securityContext.readOnlyRootFilesystem,
    'kubernetes.yaml: not closed up',
  );
  need(
    main.volumeMounts.every(({ readOnly }) => readOnly),
    'kubernetes.yaml: something can be written',
  );
}
