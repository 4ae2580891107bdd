import type { Json } from '#base';
import { DATA_ABSENT_REASON, EU_BASE_PROFILES, EU_IMAGING_PROFILES } from './canonical-urls.ts';
import type { DatasetSite, DatasetStudy } from './dataset-study.ts';
import { uuidFrom } from './derived-ids.ts';
import type { FhirResource } from './fhir-json.ts';
import { DCM_SYSTEM } from './manifest-codes.ts';
import { tableNarrative } from './manifest-narrative.ts';
import { dateTimeOf } from './moments.ts';
import { readFinding } from './read-finding.ts';

const SNOMED = 'http://snomed.info/sct';
const EUCAIM = 'https://cancerimage.eu/ontology/EUCAIM';

/** BI-RADS categories of the EUCAIM hyper-ontology 2.0. */
const BI_RADS_CODES: Readonly<Record<string, string>> = {
  '0': 'IMG1005470',
  '1': 'IMG1005469',
  '2': 'IMG1005468',
  '3': 'IMG1005466',
  '4': 'IMG1005465',
  '4A': 'IMG1005460',
  '4B': 'IMG1005472',
  '4C': 'IMG1005471',
  '5': 'IMG1005464',
  '6': 'IMG1005463',
};

/** Regions of the value set of HL7 Europe imaging (im-anatomical-region-valueset), by BodyPartExamined. */
const REGIONS: readonly (readonly [words: RegExp, code: string, name: string])[] = [
  [/BREAST/, '76752008', 'Breast structure'],
  [/HEART|CARDIAC/, '80891009', 'Heart structure'],
  [/AORTA|VESSEL|VASCULAR|ARTERY|VEIN/, '113257007', 'Structure of cardiovascular system'],
  [/CHEST|THORAX|LUNG|RIB|STERNUM|MEDIASTINUM/, '67734004', 'Upper trunk structure'],
  [/ABDOMEN|PELVIS|PROSTATE|LIVER|KIDNEY|BLADDER|COLON|RECTUM|PANCREAS|UTERUS/, '63337009', 'Lower trunk structure'],
  [/HEAD|BRAIN|SKULL|NECK|FACE|JAW|ORBIT|CSPINE/, '774007', 'Structure of head and/or neck'],
  [/ARM|HAND|WRIST|ELBOW|SHOULDER|FINGER|HUMERUS/, '53120007', 'Upper limb structure'],
  [/LEG|FOOT|KNEE|ANKLE|HIP|TOE|FEMUR|THIGH/, '61685007', 'Lower limb structure'],
  [/WHOLEBODY/, '38266002', 'Entire body as a whole'],
];

/** Profile of the documents that {@link reportBundle} writes. */
export const REPORT_PROFILE = `${EU_IMAGING_PROFILES}BundleReportEuImaging`;

/**
 * An examination as a FHIR R4 document by HL7 Europe imaging (BundleReportEuImaging): composition, report, pseudonymous
 * patient, study, procedure, and what the clinical table says as observations and conditions. Name and date of birth are
 * masked; dates are the shifted ones; labels without a code stay in their own words.
 */
export function reportBundle(study: DatasetStudy, site: DatasetSite): FhirResource {
  const address = (what: string) => `urn:uuid:${uuidFrom(`report ${site.siteId} ${study.studyInstanceUid} ${what}`)}`;
  const findings = (study.findings ?? []).map((label, index) => findingOf(label, index, study, address));
  const parts: readonly (readonly [string, FhirResource])[] = [
    ['composition', composition(study, site, address, findings)],
    ['report', report(study, site, address, findings)],
    ['patient', patient(study, site)],
    ['study', imagingStudy(study, address)],
    ['procedure', procedure(study, address)],
    ...(study.ageYears === null ? [] : [['age', age(study.ageYears, study, address)] as const]),
    ...findings.map(({ name, observation }) => [name, observation] as const),
    ...findings.flatMap(({ conditionName, condition }) =>
      condition === undefined ? [] : [[conditionName, condition] as const],
    ),
    ['organization', organization(site)],
  ];
  return {
    resourceType: 'Bundle',
    meta: { profile: [REPORT_PROFILE] },
    identifier: documentIdentifier(study, site),
    type: 'document',
    timestamp: site.writtenAt,
    entry: parts.map(([what, { resourceType, ...rest }]) => {
      const fullUrl = address(what);
      return { fullUrl, resource: { resourceType, id: fullUrl.slice('urn:uuid:'.length), ...rest } };
    }),
  };
}

type Address = (what: string) => string;

interface Finding {
  readonly name: string;
  readonly text: string;
  readonly observation: FhirResource;
  readonly conditionName: string;
  readonly condition: FhirResource | undefined;
}

function findingOf(label: string, index: number, study: DatasetStudy, address: Address): Finding {
  const read = readFinding(label);
  const name = `observation ${index}`;
  const conditionName = `condition ${index}`;
  const subject = { reference: address('patient') };
  const text = named(label);
  const [code, value] = {
    'bi-rads': () => [
      { coding: [dicomCode('111005', 'Assessment Category')], text: 'BI-RADS assessment' },
      biRads(read.kind === 'bi-rads' ? read.category : ''),
    ],
    density: () => [
      { coding: [dicomCode('111006', 'Breast composition')], text: 'Breast density (ACR)' },
      { text: read.kind === 'density' ? `ACR ${read.category}` : text },
    ],
    finding: () => [{ coding: [dicomCode('121071', 'Finding')] }, { text }],
  }[read.kind]() as [Json, Json];
  const condition: FhirResource | undefined =
    read.kind === 'finding'
      ? {
          resourceType: 'Condition',
          meta: { profile: [`${EU_BASE_PROFILES}condition-eu-core`] },
          text: tableNarrative([['Condition', text]]),
          // Read off images: nobody has confirmed it here.
          verificationStatus: {
            coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-ver-status', code: 'unconfirmed' }],
          },
          code: { text },
          subject,
          evidence: [{ detail: [{ reference: address(name) }] }],
        }
      : undefined;
  const observation: FhirResource = {
    resourceType: 'Observation',
    meta: { profile: [`${EU_IMAGING_PROFILES}ObservationFindingEuImaging`] },
    text: tableNarrative([['Finding', text]]),
    partOf: [{ reference: address('study') }],
    status: 'final',
    category: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'imaging' }] }],
    code,
    subject,
    ...effective(study, 'effectiveDateTime'),
    valueCodeableConcept: value,
  };
  return { name, text, observation, conditionName, condition };
}

function biRads(category: string): Json {
  const code = BI_RADS_CODES[category];
  const text = `BI-RADS ${category}`;
  return code === undefined ? { text } : { coding: [{ system: EUCAIM, code, display: text }], text };
}

function composition(
  study: DatasetStudy,
  site: DatasetSite,
  address: Address,
  findings: readonly Finding[],
): FhirResource {
  const title = titleOf(study);
  return {
    resourceType: 'Composition',
    meta: { profile: [`${EU_IMAGING_PROFILES}CompositionEuImaging`] },
    text: tableNarrative([
      ['Examination', title],
      ['Person', study.person],
      ['Findings', summaryOf(study)],
    ]),
    identifier: documentIdentifier(study, site),
    status: 'final',
    type: { coding: [{ system: 'http://loinc.org', code: '85430-7', display: 'Diagnostic imaging report' }] },
    category: reportCategories(),
    subject: { reference: address('patient') },
    date: site.writtenAt,
    author: [{ reference: address('organization') }],
    title,
    section: [
      section('18726-0', 'Imaging study', ['study'], `${study.series.length} series`, address),
      section('55115-0', 'Order', [], 'The order is not part of the de-identified dataset.', address),
      section('11329-0', 'History', study.ageYears === null ? [] : ['age'], historyOf(study), address),
      section('55111-9', 'Procedure', ['procedure'], title, address),
      section(
        '59776-5',
        'Findings',
        findings.map(({ name }) => name),
        summaryOf(study),
        address,
      ),
      section(
        '19005-8',
        'Impression',
        findings.flatMap(({ conditionName, condition }) => (condition === undefined ? [] : [conditionName])),
        summaryOf(study),
        address,
      ),
    ],
  };
}

function section(code: string, title: string, entries: readonly string[], says: string, address: Address): Json {
  return {
    title,
    code: { coding: [{ system: 'http://loinc.org', code }] },
    text: tableNarrative([[title, says]]),
    ...(entries.length > 0
      ? { entry: entries.map((entry) => ({ reference: address(entry) })) }
      : {
          emptyReason: {
            coding: [{ system: 'http://terminology.hl7.org/CodeSystem/list-empty-reason', code: 'unavailable' }],
          },
        }),
  };
}

function report(study: DatasetStudy, site: DatasetSite, address: Address, findings: readonly Finding[]): FhirResource {
  return {
    resourceType: 'DiagnosticReport',
    meta: { profile: [`${EU_IMAGING_PROFILES}DiagnosticReportEuImaging`] },
    text: tableNarrative([
      ['Examination', titleOf(study)],
      ['Findings', summaryOf(study)],
    ]),
    // A report that is the composition of a document says so, where R4 has no element for it.
    extension: [
      {
        url: 'http://hl7.org/fhir/5.0/StructureDefinition/extension-DiagnosticReport.composition',
        valueReference: { reference: address('composition') },
      },
    ],
    identifier: [documentIdentifier(study, site)],
    status: 'final',
    category: reportCategories(),
    code: { coding: [{ system: 'http://loinc.org', code: '18748-4', display: 'Diagnostic imaging study' }] },
    subject: { reference: address('patient') },
    ...effective(study, 'effectiveDateTime'),
    issued: site.writtenAt,
    performer: [{ reference: address('organization') }],
    ...(findings.length === 0 ? {} : { result: findings.map(({ name }) => ({ reference: address(name) })) }),
    imagingStudy: [{ reference: address('study') }],
    conclusion: summaryOf(study),
  };
}

function reportCategories(): Json {
  const system = 'http://hl7.eu/fhir/health-data-api/CodeSystem/eehrxf-document-priority-category-cs';
  return [
    { coding: [{ system: 'http://loinc.org', code: '85430-7', display: 'Diagnostic imaging report' }] },
    { coding: [{ system, code: 'Medical-Imaging' }] },
  ];
}

const GENDERS: Readonly<Record<string, string>> = { F: 'female', M: 'male', O: 'other' };

/** @note the profile demands a name and a date of birth: both are there as masked. */
function patient({ person, sex }: DatasetStudy, { siteId }: DatasetSite): FhirResource {
  const masked = { extension: [{ url: DATA_ABSENT_REASON, valueCode: 'masked' }] };
  return {
    resourceType: 'Patient',
    meta: { profile: [`${EU_BASE_PROFILES}patient-eu-core`], security: [pseudonymised()] },
    text: tableNarrative([['Person', person]]),
    identifier: [{ system: `urn:unica:site:${siteId}:pseudonyms`, value: person }],
    name: [masked],
    gender: GENDERS[sex ?? ''] ?? 'unknown',
    _birthDate: masked,
  };
}

function pseudonymised(): Json {
  return { system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'PSEUDED' };
}

function imagingStudy(study: DatasetStudy, address: Address): FhirResource {
  const regions = [
    ...new Map(
      study.series.flatMap(({ bodyPart }) => regionOf(bodyPart)).map((region) => [region.code, region]),
    ).values(),
  ];
  return {
    resourceType: 'ImagingStudy',
    meta: { profile: [`${EU_IMAGING_PROFILES}ImagingStudyEuImaging`] },
    text: tableNarrative([
      ['Study Instance UID', study.studyInstanceUid],
      ['Description', study.description],
    ]),
    ...(regions.length === 0
      ? {}
      : {
          extension: regions.map((coding) => ({
            url: `${EU_IMAGING_PROFILES}AnatomicalRegionExtension`,
            valueCodeableConcept: { coding: [{ ...coding }] },
          })),
        }),
    identifier: [
      {
        type: { coding: [{ system: DCM_SYSTEM, code: '110180', display: 'Study Instance UID' }] },
        system: 'urn:dicom:uid',
        value: `urn:oid:${study.studyInstanceUid}`,
      },
    ],
    status: 'available',
    modality: [...new Set(study.series.map(modalityOf))].map((code) => ({ system: DCM_SYSTEM, code })),
    subject: { reference: address('patient') },
    ...effective(study, 'started'),
    numberOfSeries: study.series.length,
    numberOfInstances: study.series.reduce((sum, { instances }) => sum + instances.length, 0),
    ...(study.description === '' ? {} : { description: study.description }),
    series: study.series.map((series) => ({
      uid: series.seriesInstanceUid,
      ...(series.number === null || series.number < 0 ? {} : { number: series.number }),
      modality: { system: DCM_SYSTEM, code: modalityOf(series) },
      ...(series.description === '' ? {} : { description: series.description }),
      numberOfInstances: series.instances.length,
      ...first('bodySite', regionOf(series.bodyPart)),
      ...first('laterality', lateralityOf(series.laterality)),
      ...(/^\d{8}$/.test(series.date)
        ? { started: dateTimeOf({ date: series.date, time: series.time }, '+0000') }
        : {}),
      instance: series.instances.map(({ sopInstanceUid, sopClassUid, number, frames }) => ({
        ...(frames === null || frames <= 1
          ? {}
          : { extension: [{ url: `${EU_IMAGING_PROFILES}NumberOfFrames`, valueInteger: frames }] }),
        uid: sopInstanceUid,
        sopClass: { system: 'urn:ietf:rfc:3986', code: `urn:oid:${sopClassUid}` },
        ...(number === null || number < 0 ? {} : { number }),
      })),
    })),
  };
}

function procedure(study: DatasetStudy, address: Address): FhirResource {
  return {
    resourceType: 'Procedure',
    meta: { profile: [`${EU_IMAGING_PROFILES}ProcedureEuImaging`] },
    text: tableNarrative([['Procedure', titleOf(study)]]),
    status: 'completed',
    category: { coding: [{ system: SNOMED, code: '363679005', display: 'Imaging' }] },
    code: { text: titleOf(study) },
    subject: { reference: address('patient') },
    ...effective(study, 'performedDateTime'),
  };
}

function organization({ siteId, name }: DatasetSite): FhirResource {
  return {
    resourceType: 'Organization',
    meta: { profile: [`${EU_BASE_PROFILES}organization-eu-core`] },
    text: tableNarrative([['Organization', name]]),
    identifier: [{ system: 'urn:unica:sites', value: siteId }],
    name,
  };
}

function documentIdentifier({ studyInstanceUid }: DatasetStudy, { siteId }: DatasetSite): Json {
  return { system: 'urn:ietf:rfc:3986', value: `urn:uuid:${uuidFrom(`report ${siteId} ${studyInstanceUid}`)}` };
}

/** The shifted date, with the time where the image says one. */
function effective({ studyDate, studyTime }: DatasetStudy, name: string): { readonly [name: string]: Json } {
  return /^\d{8}$/.test(studyDate) ? { [name]: dateTimeOf({ date: studyDate, time: studyTime }, '+0000') } : {};
}

/** Where the date of birth is masked, the age at the examination says what research needs of it. */
function age(ageYears: number, study: DatasetStudy, address: Address): FhirResource {
  return {
    resourceType: 'Observation',
    text: tableNarrative([['Age at the examination', `${ageYears} years`]]),
    status: 'final',
    code: { coding: [dicomCode('121033', 'Subject Age')], text: 'Age at the examination' },
    subject: { reference: address('patient') },
    ...effective(study, 'effectiveDateTime'),
    valueQuantity: { value: ageYears, unit: 'years', system: 'http://unitsofmeasure.org', code: 'a' },
  };
}

function historyOf({ ageYears }: DatasetStudy): string {
  const age = ageYears === null ? '' : `Age at the examination: ${ageYears} years. `;
  return `${age}The history is not part of the de-identified dataset.`;
}

function titleOf({ description, series }: DatasetStudy): string {
  return description === '' ? `${[...new Set(series.map(modalityOf))].join(', ')} examination` : description;
}

/** FHIR knows no empty text. */
function named(label: string): string {
  return label.trim() === '' ? 'unnamed finding' : label.trim();
}

function summaryOf({ findings }: DatasetStudy): string {
  if (findings === undefined) return 'The clinical table has no row for this examination.';
  return findings.length === 0 ? 'No finding.' : findings.map(named).join('; ');
}

/** R4 demands one; OT is DICOM's word for any other. */
function modalityOf({ modality }: { readonly modality: string }): string {
  return modality === '' ? 'OT' : modality;
}

interface Coding {
  readonly system: string;
  readonly code: string;
  readonly display: string;
}

function regionOf(bodyPart: string): readonly Coding[] {
  const words = bodyPart.toUpperCase().replace(/[^A-Z]/g, '');
  const found = REGIONS.find(([pattern]) => pattern.test(words));
  return found === undefined ? [] : [{ system: SNOMED, code: found[1], display: found[2] }];
}

function lateralityOf(laterality: string): readonly Coding[] {
  if (laterality === 'L') return [{ system: SNOMED, code: '419161000', display: 'Unilateral left' }];
  if (laterality === 'R') return [{ system: SNOMED, code: '419465000', display: 'Unilateral right' }];
  return laterality === 'B' ? [{ system: SNOMED, code: '51440002', display: 'Bilateral' }] : [];
}

function first(name: string, codings: readonly Coding[]): { readonly [name: string]: Json } {
  const [coding] = codings;
  return coding === undefined ? {} : { [name]: { ...coding } };
}

function dicomCode(code: string, display: string): Json {
  return { system: DCM_SYSTEM, code, display };
}
