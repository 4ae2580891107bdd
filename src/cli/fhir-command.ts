import { writeFile } from 'node:fs/promises';
import { type Json, UnicaError, utf8 } from '#base';
import type { FhirReport } from '#fhir';
import type { AddCommand } from './command-context.ts';
import { readInput } from './input-file.ts';

/** `fhir validate FILE` */
export const addFhirCommand: AddCommand = (program, contextOf) => {
  const fhir = program.command('fhir').description('FHIR documents: checks, imaging manifests');
  fhir
    .command('validate')
    .description('check a FHIR R4 resource or bundle against R4, the profiles that it claims, and one that you name')
    .argument('<file>', 'a resource or bundle as JSON, or resources one a line (.ndjson)')
    .option('--profile <url>', 'the canonical address of a profile that is shipped: FHIR R4, HL7 Europe, IHE MADO')
    .addHelpText(
      'after',
      '\nExample:\n  unica fhir validate report.json --profile http://hl7.eu/fhir/imaging/StructureDefinition/BundleReportEuImaging',
    )
    .action(async (path: string, { profile }: { readonly profile?: string }) => {
      const { terminal } = contextOf();
      const { shippedDefinitions, validateFhir } = await import('#fhir');
      if (profile !== undefined && shippedDefinitions().tree(profile) === undefined) {
        throw new UnicaError('fhir.unknown-profile', { profile });
      }
      const wish = profile === undefined ? {} : { profile };
      const { valid, errors, warnings, notChecked } = /\.ndjson$/i.test(path)
        ? await reportOfLines(path, (resource) => validateFhir(resource, wish))
        : validateFhir(await readDocument(path), wish);
      const answer = { valid, errors, warnings, not_checked: notChecked };
      terminal.answer(answer as unknown as Json, () => {
        for (const { path: at, message, fix } of errors) terminal.line(`error    ${at} ${message}: ${fix}`);
        for (const { path: at, message, fix } of warnings) terminal.line(`warning  ${at} ${message}: ${fix}`);
        for (const what of notChecked) terminal.line(`not checked: ${what}`);
        terminal.line(`${valid ? 'valid' : 'not valid'}: ${errors.length} errors, ${warnings.length} warnings`);
      });
      if (!valid) process.exitCode = 1;
    });

  fhir
    .command('manifest')
    .description('an imaging manifest in its other form: FHIR document (IHE MADO) or DICOM key object selection')
    .argument('<file>', 'a manifest as FHIR JSON, or a key object selection')
    .requiredOption('--out <file>', 'where the other form is written')
    .addHelpText('after', '\nExample:\n  unica fhir manifest manifest.dcm --out manifest.json')
    .action(async (path: string, { out }: { readonly out: string }) => {
      const { terminal } = contextOf();
      const bytes = await readInput(path);
      const { bundleFromKos, isResource, kosFromBundle } = await import('#fhir');
      const isJson = /^\uFEFF?\s*\{/.test(new TextDecoder().decode(bytes.subarray(0, 64)));
      const document = isJson ? await readDocument(path) : undefined;
      if (isJson && !isResource(document)) throw new UnicaError('fhir.no-manifest');
      const written = isResource(document)
        ? kosFromBundle(document)
        : utf8(`${JSON.stringify(bundleFromKos(bytes), undefined, 2)}\n`);
      await writeFile(out, written);
      const form = isJson ? 'key object selection' : 'FHIR document';
      terminal.answer({ written: out, form, bytes: written.length }, () => terminal.line(`${out}: ${form}`));
    });
};

const MOST_ISSUES = 1000;

/** What is wrong in a file of resources, each path behind the number of its line; the first thousand. */
async function reportOfLines(path: string, validate: (resource: Json) => FhirReport): Promise<FhirReport> {
  const { readFhirLines } = await import('#intake');
  const errors: FhirReport['errors'][number][] = [];
  const warnings: FhirReport['warnings'][number][] = [];
  const notChecked = new Set<string>();
  let lines = 0;
  for await (const { line, value } of readFhirLines(path)) {
    lines += 1;
    const report = validate(value as Json);
    const at = (issue: FhirReport['errors'][number]) => ({ ...issue, path: `line ${line} ${issue.path}` });
    if (errors.length < MOST_ISSUES) errors.push(...report.errors.map(at));
    if (warnings.length < MOST_ISSUES) warnings.push(...report.warnings.map(at));
    for (const what of report.notChecked) notChecked.add(what);
  }
  if (lines === 0) {
    const hint = 'Give a file with a resource on each line.';
    throw new UnicaError('cli.unreadable', { path, problem: 'there is no resource in it', hint });
  }
  return { valid: errors.length === 0, errors, warnings, notChecked: [...notChecked].sort() };
}

async function readDocument(path: string): Promise<Json> {
  const text = new TextDecoder().decode(await readInput(path)).replace(/^\uFEFF/, '');
  try {
    return JSON.parse(text);
  } catch (cause) {
    const hint = 'Save the FHIR document as JSON; XML is not read.';
    throw new UnicaError('cli.unreadable', { path, problem: 'it is not JSON', hint }, { cause });
  }
}
