import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { UnicaError } from '#base';
import { linesOfText, parsedFhir, readFhirLines, fhirUnreadable as unreadable } from './fhir-lines.ts';
import type { OpenTable } from './opened-table.ts';
import { type NamedCells, PERSON, tableOfRecords } from './table-of-records.ts';

/** A bundle is one JSON document and is held; more people come as lines of resources (bulk data). */
const LARGEST_BUNDLE_BYTES = 268_435_456;
const LONGEST_HEADING = 120;

const codingSchema = z.object({
  system: z.string().optional(),
  code: z.string().optional(),
  display: z.string().optional(),
});
const conceptSchema = z.object({ text: z.string().optional(), coding: z.array(codingSchema).optional() });
const referenceSchema = z.object({ reference: z.string().optional() });
const quantitySchema = z.object({
  value: z.number().optional(),
  unit: z.string().optional(),
  code: z.string().optional(),
});

/** The few properties of the resources that say something of a person; all others are passed over. */
const resourceSchema = z.object({
  resourceType: z.string(),
  id: z.string().optional(),
  identifier: z
    .union([z.array(z.object({ value: z.string().optional(), use: z.string().optional() })), z.object({})])
    .optional(),
  gender: z.string().optional(),
  deceasedBoolean: z.boolean().optional(),
  deceasedDateTime: z.string().optional(),
  subject: referenceSchema.optional(),
  patient: referenceSchema.optional(),
  code: conceptSchema.optional(),
  onsetDateTime: z.string().optional(),
  onsetAge: quantitySchema.optional(),
  recordedDate: z.string().optional(),
  bodySite: z.union([conceptSchema, z.array(conceptSchema)]).optional(),
  stage: z.array(z.object({ summary: conceptSchema.optional() })).optional(),
  valueQuantity: quantitySchema.optional(),
  valueCodeableConcept: conceptSchema.optional(),
  valueString: z.string().optional(),
  valueInteger: z.number().optional(),
  valueBoolean: z.boolean().optional(),
  valueDateTime: z.string().optional(),
  component: z
    .array(
      z.object({
        code: conceptSchema.optional(),
        valueQuantity: quantitySchema.optional(),
        valueCodeableConcept: conceptSchema.optional(),
        valueString: z.string().optional(),
        valueInteger: z.number().optional(),
        valueBoolean: z.boolean().optional(),
      }),
    )
    .optional(),
  performedDateTime: z.string().optional(),
  performedPeriod: z.object({ start: z.string().optional() }).optional(),
  medicationCodeableConcept: conceptSchema.optional(),
  effectiveDateTime: z.string().optional(),
  effectivePeriod: z.object({ start: z.string().optional(), end: z.string().optional() }).optional(),
});

type Resource = z.infer<typeof resourceSchema>;
type Concept = z.infer<typeof conceptSchema>;

/** A resource and the address under which a bundle refers to it. */
interface Addressed {
  readonly resource: Resource;
  readonly fullUrl: string;
}

/**
 * A FHIR R4 bundle, or resources one a line, as a clinical table: a row for each resource that says something of a person (Patient, Condition,
 * Observation, Procedure, MedicationAdministration, MedicationStatement, ImagingStudy). People are named by their identifier, where they have one.
 * @throws UnicaError `intake.too-large`, `intake.csv-invalid`
 */
export async function openFhirTable(path: string, sizeBytes: number): Promise<OpenTable> {
  const digest = createHash('sha256');
  for await (const bytes of createReadStream(path)) digest.update(bytes as Uint8Array);
  const isLines = await hasResourceLines(path);
  if (!isLines && sizeBytes > LARGEST_BUNDLE_BYTES)
    throw new UnicaError('intake.too-large', {
      problem: 'a bundle may have 256 MiB; send resources one a line (NDJSON) instead',
    });
  const bundle = isLines ? undefined : await readBundle(path);
  const resources = (): AsyncIterable<Addressed> | Iterable<Addressed> => bundle ?? readLines(path);
  const people = new Map<string, string>();
  for await (const { resource, fullUrl } of resources()) {
    if (resource.resourceType !== 'Patient') continue;
    const name = nameOf(resource, fullUrl);
    if (fullUrl !== '') people.set(fullUrl, name);
    if (resource.id !== undefined) people.set(`Patient/${resource.id}`, name);
  }
  return await tableOfRecords({ encoding: 'fhir', sizeBytes, sha256: digest.digest('hex') }, async function* () {
    for await (const { resource, fullUrl } of resources()) {
      const cells = cellsOf(resource);
      const person = personOf(resource, fullUrl, people);
      if (cells === undefined || person === undefined) continue;
      // The person last: nothing that is said under the same heading takes its place.
      yield new Map([
        ...cells.filter(([, value]) => value !== undefined && value !== ''),
        [PERSON, person],
      ]) as NamedCells;
    }
  });
}

/** Whether the first line is a resource by itself, other than a bundle. */
async function hasResourceLines(path: string): Promise<boolean> {
  for await (const line of linesOfText(path)) {
    if (line.trim() === '') continue;
    try {
      const first = resourceSchema.safeParse(JSON.parse(line));
      return first.success && first.data.resourceType !== 'Bundle';
    } catch {
      return false;
    }
  }
  return false;
}

async function* readLines(path: string): AsyncGenerator<Addressed> {
  for await (const { line, value } of readFhirLines(path)) yield { resource: resourceOf(value, line), fullUrl: '' };
}

async function readBundle(path: string): Promise<readonly Addressed[]> {
  const bundleSchema = z.object({
    resourceType: z.literal('Bundle'),
    entry: z.array(z.object({ fullUrl: z.string().optional(), resource: z.unknown() })).optional(),
  });
  const found = bundleSchema.safeParse(parsedFhir((await readFile(path, 'utf8')).replace(/^\ufeff/, ''), 1));
  if (!found.success) throw unreadable(1, 'it is JSON, but no FHIR bundle');
  return (found.data.entry ?? []).map(({ fullUrl = '', resource }, at) => ({
    resource: resourceOf(resource, at + 1),
    fullUrl,
  }));
}

function resourceOf(value: unknown, line: number): Resource {
  const found = resourceSchema.safeParse(value);
  if (found.success) return found.data;
  const where = found.error.issues[0]?.path.join('.') ?? '';
  throw unreadable(line, `it is no FHIR R4 resource${where === '' ? '' : ` at ${where.slice(0, 80)}`}`);
}

function identifierOf({ identifier }: Resource): string | undefined {
  if (!Array.isArray(identifier)) return undefined;
  const official = identifier.find(({ use, value }) => use === 'official' && value !== undefined);
  return (official ?? identifier.find(({ value }) => value !== undefined))?.value;
}

/** What a patient is called; empty where nothing names one. */
function nameOf(patient: Resource, fullUrl: string): string {
  return identifierOf(patient) ?? patient.id ?? fullUrl;
}

function personOf(resource: Resource, fullUrl: string, people: ReadonlyMap<string, string>): string | undefined {
  if (resource.resourceType === 'Patient') return nameOf(resource, fullUrl) || undefined;
  // A version of a patient is the patient: under another name an opt-out would not reach these rows.
  const reference = (resource.subject ?? resource.patient)?.reference?.replace(/\/_history\/[^/]*$/, '');
  if (reference === undefined) return undefined;
  // An absolute address names the same patient as its last two parts. Devices, groups and places are subjects too, and no people.
  const id = /(?:^|\/)Patient\/([^/]+)$/.exec(reference)?.[1];
  return people.get(reference) ?? (id === undefined ? undefined : (people.get(`Patient/${id}`) ?? id));
}

type Said = readonly (readonly [heading: string, value: string | undefined])[];

function cellsOf(resource: Resource): Said | undefined {
  switch (resource.resourceType) {
    case 'Patient': {
      const isDead = resource.deceasedDateTime === undefined ? resource.deceasedBoolean : true;
      return [
        ['sex', resource.gender],
        ['deceased', isDead === undefined ? undefined : isDead ? 'yes' : 'no'],
      ];
    }
    case 'Condition': {
      const code = resource.code;
      // A registry's person has other illnesses as well; they are no cancers (ICD-10 C00 to D48).
      if (code === undefined || isOtherIllness(code)) return undefined;
      const [site] = [resource.bodySite ?? []].flat();
      return [
        ['diagnosis', icdOf(code) ?? textOf(code)],
        ['date of diagnosis', dayOf(resource.onsetDateTime ?? resource.recordedDate)],
        ['age at diagnosis', resource.onsetAge?.value?.toString()],
        ['tumor location', textOf(site)],
        ['stage', textOf(resource.stage?.[0]?.summary)],
      ];
    }
    case 'Observation':
      return [
        [headingOf(resource.code), saidValue(resource)],
        ...(resource.component ?? []).map((one) => [headingOf(one.code), saidValue(one)] as const),
      ].filter(([heading, value]) => heading !== '' && value !== undefined) as Said;
    case 'Procedure':
      return [
        ['surgery', textOf(resource.code)],
        ['date of surgery', dayOf(resource.performedDateTime ?? resource.performedPeriod?.start)],
      ];
    case 'MedicationAdministration':
    case 'MedicationStatement':
      return [
        ['medication', textOf(resource.medicationCodeableConcept)],
        ['medication start', dayOf(resource.effectiveDateTime ?? resource.effectivePeriod?.start)],
        ['medication end', dayOf(resource.effectivePeriod?.end)],
      ];
    case 'ImagingStudy': {
      const uid = Array.isArray(resource.identifier)
        ? resource.identifier
            .find(({ value }) => value?.startsWith('urn:oid:') === true)
            ?.value?.slice('urn:oid:'.length)
        : undefined;
      return uid === undefined ? undefined : [['study uid', uid]];
    }
    default:
      return undefined;
  }
}

function isOtherIllness(concept: Concept): boolean {
  const code = icdOf(concept);
  return code !== undefined && !/^(C|D[0-4])/i.test(code);
}

function icdOf({ coding = [] }: Concept): string | undefined {
  return coding.find(({ system = '' }) => /icd-?10/i.test(system))?.code;
}

/** Text that people read; a code where there is none. */
function textOf(concept: Concept | undefined): string | undefined {
  const [first] = concept?.coding ?? [];
  return concept?.text ?? first?.display ?? first?.code;
}

function headingOf(concept: Concept | undefined): string {
  return (textOf(concept) ?? '').replace(/\s+/g, ' ').trim().slice(0, LONGEST_HEADING);
}

function saidValue(said: Partial<Resource>): string | undefined {
  const { valueQuantity: quantity } = said;
  if (quantity?.value !== undefined) return `${quantity.value} ${quantity.unit ?? quantity.code ?? ''}`.trim();
  if (said.valueBoolean !== undefined) return said.valueBoolean ? 'yes' : 'no';
  return (
    textOf(said.valueCodeableConcept) ?? said.valueString ?? said.valueInteger?.toString() ?? dayOf(said.valueDateTime)
  );
}

/** A day of a moment; months and years alone are none. */
function dayOf(moment: string | undefined): string | undefined {
  return /^\d{4}-\d{2}-\d{2}/.exec(moment ?? '')?.[0];
}
