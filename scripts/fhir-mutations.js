// Damages published FHIR documents, one fault each, and counts how many our validator rejects.
//
//   npm run campaign:fhir-mutations -- [--mutants 1000] [--seed 1] [--standards FOLDER] [--report FILE]
//
// The report is a page of Markdown with the command and the date. Exit status 1 when fewer than 95 % are rejected.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { buildWhenStale } from './build-when-stale.js';

const FOLDERS = ['hl7-eu/base-compiled', 'hl7-eu/imaging-r4-compiled', 'ihe-mado/compiled', 'ihe-mado/examples'];
const LEAST_SHARE = 0.95;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { values } = parseArgs({
  options: {
    mutants: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    standards: { type: 'string', default: join(process.env.UNICA_SHARED ?? join(root, '../shared'), 'standards') },
    report: { type: 'string' },
  },
});

const problem = await buildWhenStale(root);
if (problem !== undefined) {
  process.stderr.write(`${problem}\n`);
  process.exit(1);
}
const { mutationCampaign } = await import(pathToFileURL(join(root, 'dist/fhir/mutation-campaign.js')).href);
const documents = FOLDERS.filter((folder) => existsSync(join(values.standards, folder))).flatMap((folder) =>
  readdirSync(join(values.standards, folder))
    .filter(
      (file) => file.endsWith('.json') && !/^(StructureDefinition|ImplementationGuide|ActorDefinition)-/.test(file),
    )
    .sort()
    .map((name) => ({ name, document: JSON.parse(readFileSync(join(values.standards, folder, name), 'utf8')) })),
);
if (documents.length === 0) {
  process.stderr.write('The published examples are not beside this checkout; say where with --standards.\n');
  process.exit(1);
}
const report = mutationCampaign(documents, { mutants: Number(values.mutants), seed: values.seed });
process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
if (values.report !== undefined) writeFileSync(values.report, pageOf(report));
process.exitCode = report.rejected >= LEAST_SHARE * report.mutants ? 0 : 1;

function pageOf({ documents: sound, mutants, rejected, kinds, passed }) {
  const command = `npm run campaign:fhir-mutations -- --mutants ${mutants} --seed ${values.seed}`;
  return [
    '# Damaged FHIR documents against the validator',
    '',
    `Made by \`${command}\` on ${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}.`,
    '',
    'Each of the valid examples of HL7 Europe base, HL7 Europe imaging and IHE MADO is damaged by one fault at a place drawn at random;',
    'what is a fault is read from the published definitions, not from the validator (`src/fhir/mutate-document.ts`).',
    '',
    `Documents: ${sound}. Mutants: ${mutants}. **Rejected: ${rejected} (${((100 * rejected) / mutants).toFixed(1)} %).**`,
    '',
    '| fault | mutants | rejected |',
    '|---|---|---|',
    ...kinds.map((row) => `| ${row.kind} | ${row.mutants} | ${row.rejected} |`),
    '',
    ...(passed.length === 0
      ? []
      : ['Faults that passed:', '', ...passed.map((one) => `- ${one.kind}: ${one.path} in ${one.document}`), '']),
  ].join('\n');
}
