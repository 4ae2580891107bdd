import type { Json } from '#base';
import {
  DATA_ABSENT_REASON,
  dateOf,
  dateTimeOf,
  EU_BASE_PROFILES,
  EU_IMAGING_PROFILES,
  type FhirResource,
  REPORT_PROFILE,
  systemOf,
  tableNarrative,
  uuidFrom,
} from '#fhir';
import { FINDING_WORDS, placedFindings, resultSentences, shownInterval } from './cad-parts.ts';
import type { Code } from './code.ts';
import { findingCode, TASK_CODES } from './measurement-report.ts';
import { type Estimate, type ModelResult, RESEARCH_SENTENCE, type ResultImage } from './model-result.ts';
import { deviceUid, objectUid } from './object-uid.ts';

const COMPOSITION_OF_REPORT = 'http://hl7.org/fhir/5.0/StructureDefinition/extension-DiagnosticReport.composition';
const LIST_EMPTY = 'http://terminology.hl7.org/CodeSystem/list-empty-reason';
const PRIORITY = 'http://hl7.eu/fhir/health-data-api/CodeSystem/eehrxf-document-priority-category-cs';

type Address = (what: string) => string;
type Entry = readonly [name: string, resource: FhirResource];

/**
 * A result as a FHIR R4 document by HL7 Europe imaging: composition and report (preliminary: nobody has confirmed it), the
 * scores as observations, the risks as a RiskAssessment, the model as a Device, and where it came from as Provenance.
 * The identifiers are those of the images. A refusal is a document too, whose report is there without a result.
 */
export function resultDocument(result: ModelResult): FhirResource {
  const origin = objectUid(result, 'document');
  const address: Address = (what) => `urn:uuid:${uuidFrom(`${origin} ${what}`)}`;
  const observations = observationsOf(result, address);
  const risk = riskAssessment(result, address);
  const entries: readonly Entry[] = [
    ['composition', composition(result, address, observations, risk)],
    ['report', report(result, address, observations)],
    ['patient', patient(result)],
    ['study', imagingStudy(result, address)],
    ['procedure', procedure(result, address)],
    ...observations,
    ...(risk === undefined ? [] : [['risk', risk] as const]),
    ['device', device(result)],
    ['organization', organization(result)],
    ['provenance', provenance(result, address)],
  ];
  return {
    resourceType: 'Bundle',
    meta: { profile: [REPORT_PROFILE] },
    identifier: identifierOf(result),
    type: 'document',
    timestamp: reckonedAt(result),
    entry: entries.map(([what, { resourceType, ...rest }]) => {
      const fullUrl = address(what);
      return { fullUrl, resource: { resourceType, id: fullUrl.slice('urn:uuid:'.length), ...rest } };
    }),
  };
}

function identifierOf(result: ModelResult): Json {
  return { system: 'urn:ietf:rfc:3986', value: `urn:oid:${objectUid(result, 'document')}` };
}

function reckonedAt({ reckoned }: ModelResult): string {
  return dateTimeOf(reckoned, reckoned.zone);
}

/** When the images were taken, where they say so. */
function takenAt({ study, reckoned }: ModelResult, name: string): { readonly [name: string]: Json } {
  const date = study['StudyDate'] ?? '';
  return dateOf(date) === undefined ? {} : { [name]: dateTimeOf({ date, time: study['StudyTime'] }, reckoned.zone) };
}

function titleOf(result: ModelResult): string {
  return `${TASK_CODES[result.task].procedure.meaning}, read by an AI model`;
}

function concept({ value, scheme, meaning }: Code): Json {
  return scheme === 'DCM' || scheme === 'SCT'
    ? { coding: [{ system: systemOf(scheme), code: value, display: meaning }] }
    : { coding: [{ system: 'urn:unica:result-concepts', code: value, display: meaning }], text: meaning };
}

function percent(share: number): Json {
  const value = Number((share * 100).toFixed(4));
  return { value, unit: '%', system: 'http://unitsofmeasure.org', code: '%' };
}

function composition(
  result: ModelResult,
  address: Address,
  observations: readonly Entry[],
  risk: FhirResource | undefined,
): FhirResource {
  const says = resultSentences(result).join(' ');
  const study = result.study;
  return {
    resourceType: 'Composition',
    meta: { profile: [`${EU_IMAGING_PROFILES}CompositionEuImaging`] },
    text: tableNarrative([
      ['Examination', titleOf(result)],
      ['Result', says],
    ]),
    identifier: identifierOf(result),
    status: 'preliminary',
    type: { coding: [{ system: 'http://loinc.org', code: '85430-7', display: 'Diagnostic imaging report' }] },
    category: categories(),
    subject: { reference: address('patient') },
    date: reckonedAt(result),
    author: [{ reference: address('device') }],
    title: titleOf(result),
    ...replaced(result),
    section: [
      section('18726-0', 'Imaging study', ['study'], `${result.images.length} images`, address),
      section('55115-0', 'Order', [], orderOf(study['AccessionNumber']), address),
      section('11329-0', 'History', [], 'The model was not given a history.', address),
      section('55111-9', 'Procedure', ['procedure'], titleOf(result), address),
      section(
        '59776-5',
        'Findings',
        observations.map(([name]) => name),
        says,
        address,
      ),
      section('19005-8', 'Impression', risk === undefined ? [] : ['risk'], says, address),
    ],
  };
}

function orderOf(accession: string | undefined): string {
  return accession === undefined || accession === '' ? 'No order is known.' : `Accession number ${accession}`;
}

/** The document of an earlier version of the model. */
function replaced(result: ModelResult): { readonly relatesTo?: Json } {
  const { replaces } = result.model;
  if (replaces === undefined) return {};
  const value = `urn:oid:${objectUid(result, 'document', '', replaces)}`;
  return { relatesTo: [{ code: 'replaces', targetIdentifier: { system: 'urn:ietf:rfc:3986', value } }] };
}

function section(code: string, title: string, entries: readonly string[], says: string, address: Address): Json {
  return {
    title,
    code: { coding: [{ system: 'http://loinc.org', code }] },
    text: tableNarrative([[title, says]]),
    ...(entries.length > 0
      ? { entry: entries.map((entry) => ({ reference: address(entry) })) }
      : { emptyReason: { coding: [{ system: LIST_EMPTY, code: 'unavailable' }] } }),
  };
}

function categories(): Json {
  return [
    { coding: [{ system: 'http://loinc.org', code: '85430-7', display: 'Diagnostic imaging report' }] },
    { coding: [{ system: PRIORITY, code: 'Medical-Imaging' }] },
  ];
}

function report(result: ModelResult, address: Address, observations: readonly Entry[]): FhirResource {
  const says = resultSentences(result).join(' ');
  return {
    resourceType: 'DiagnosticReport',
    meta: { profile: [`${EU_IMAGING_PROFILES}DiagnosticReportEuImaging`] },
    text: tableNarrative([
      ['Examination', titleOf(result)],
      ['Result', says],
    ]),
    extension: [{ url: COMPOSITION_OF_REPORT, valueReference: { reference: address('composition') } }],
    identifier: [identifierOf(result)],
    status: 'preliminary',
    category: categories(),
    code: { coding: [{ system: 'http://loinc.org', code: '18748-4', display: 'Diagnostic imaging study' }] },
    subject: { reference: address('patient') },
    ...takenAt(result, 'effectiveDateTime'),
    issued: reckonedAt(result),
    performer: [{ reference: address('organization') }],
    ...(observations.length === 0 ? {} : { result: observations.map(([name]) => ({ reference: address(name) })) }),
    imagingStudy: [{ reference: address('study') }],
    conclusion: says,
  };
}

/** The score with its interval, breast composition, and each place with its probability. */
function observationsOf(result: ModelResult, address: Address): readonly Entry[] {
  const { outcome, task } = result;
  if (outcome.kind === 'refused') return [];
  const { site, score } = TASK_CODES[task];
  const observation = (name: string, code: Json, value: FhirObjectRest): Entry => [
    name,
    {
      resourceType: 'Observation',
      meta: { profile: [`${EU_IMAGING_PROFILES}ObservationFindingEuImaging`] },
      text: tableNarrative([[name, RESEARCH_SENTENCE]]),
      partOf: [{ reference: address('study') }],
      status: 'preliminary',
      category: [
        { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'imaging' }] },
      ],
      code,
      subject: { reference: address('patient') },
      ...takenAt(result, 'effectiveDateTime'),
      performer: [{ reference: address('organization') }],
      device: { reference: address('device') },
      ...value,
    },
  ];
  const places = placedFindings(result).map(({ image, finding }, index) => {
    const where = `column ${Math.round(finding.centre.column)}, row ${Math.round(finding.centre.row)}`;
    const note = `${FINDING_WORDS[finding.kind]} at ${where} of image ${image.sopInstanceUid}`;
    return observation(`place ${index + 1}`, concept(findingCode(finding.kind)), {
      valueQuantity: percent(finding.probability),
      bodySite: concept(site),
      note: [{ text: note }],
    });
  });
  return [
    observation('score', concept(score), {
      valueQuantity: percent(outcome.score.value),
      ...ends(outcome.score),
    }),
    ...(outcome.density === undefined
      ? []
      : [
          observation(
            'density',
            { coding: [{ system: systemOf('SCT'), code: '129715009', display: 'Breast composition' }] },
            {
              valueCodeableConcept: { text: `ACR ${outcome.density.category}` },
            },
          ),
        ]),
    ...places,
  ];
}

type FhirObjectRest = { readonly [name: string]: Json };

/** The ends of an interval as components. */
function ends({ interval }: Estimate): FhirObjectRest {
  if (interval === undefined) return {};
  const end = (which: string, share: number) => ({
    code: { text: `${which} end of the ${Math.round(interval.level * 100)} % interval` },
    valueQuantity: percent(share),
  });
  return { component: [end('Lower', interval.low), end('Upper', interval.high)] };
}

/** Risks by years, each with its interval in words; undefined where the result has none. */
function riskAssessment(result: ModelResult, address: Address): FhirResource | undefined {
  const { outcome } = result;
  if (outcome.kind === 'refused' || outcome.risks === undefined || outcome.risks.length === 0) return undefined;
  return {
    resourceType: 'RiskAssessment',
    text: tableNarrative(resultSentences(result).map((says, index) => [String(index + 1), says])),
    status: 'preliminary',
    method: { text: `${result.model.name} ${result.model.version}` },
    subject: { reference: address('patient') },
    ...takenAt(result, 'occurrenceDateTime'),
    performer: { reference: address('device') },
    basis: [{ reference: address('study') }],
    prediction: outcome.risks.map(({ years, estimate }) => ({
      outcome: { text: 'Breast cancer' },
      probabilityDecimal: Number(estimate.value.toFixed(6)),
      whenRange: {
        low: { value: 0, unit: 'a', system: 'http://unitsofmeasure.org', code: 'a' },
        high: { value: years, unit: 'a', system: 'http://unitsofmeasure.org', code: 'a' },
      },
      rationale: estimate.interval === undefined ? 'Interval not known' : shownInterval(estimate.interval),
    })),
    note: [{ text: RESEARCH_SENTENCE }],
  };
}

const GENDERS: Readonly<Record<string, string>> = { F: 'female', M: 'male', O: 'other' };

/** @note the profile demands a name and a date of birth: where the images have none, that is said. */
function patient({ study }: ModelResult): FhirResource {
  const unknown = { extension: [{ url: DATA_ABSENT_REASON, valueCode: 'unknown' }] };
  const [family = '', given = ''] = (study['PatientName'] ?? '').split('=')[0]?.split('^') ?? [];
  const birthDate = dateOf(study['PatientBirthDate'] ?? '');
  const identifier = study['PatientID'] ?? '';
  return {
    resourceType: 'Patient',
    meta: { profile: [`${EU_BASE_PROFILES}patient-eu-core`] },
    text: tableNarrative([['Patient', identifier || 'not known']]),
    ...(identifier === ''
      ? { identifier: [unknown] }
      : {
          identifier: [
            {
              system: `urn:unica:issuer:${encodeURIComponent(study['IssuerOfPatientID'] || 'hospital')}`,
              value: identifier,
            },
          ],
        }),
    name: [family === '' ? unknown : { family, ...(given === '' ? {} : { given: [given] }) }],
    gender: GENDERS[study['PatientSex'] ?? ''] ?? 'unknown',
    ...(birthDate === undefined ? { _birthDate: unknown } : { birthDate }),
  };
}

function imagingStudy(result: ModelResult, address: Address): FhirResource {
  const { study, images } = result;
  const modalityOf = (image: ResultImage | undefined) => image?.modality ?? 'OT';
  const coded = (code: string) => ({ system: systemOf('DCM'), code });
  const series = [...new Set(images.map(({ seriesInstanceUid }) => seriesInstanceUid))];
  return {
    resourceType: 'ImagingStudy',
    meta: { profile: [`${EU_IMAGING_PROFILES}ImagingStudyEuImaging`] },
    text: tableNarrative([['Study Instance UID', study.StudyInstanceUID]]),
    identifier: [
      {
        type: { coding: [{ system: systemOf('DCM'), code: '110180', display: 'Study Instance UID' }] },
        system: 'urn:dicom:uid',
        value: `urn:oid:${study.StudyInstanceUID}`,
      },
    ],
    status: 'available',
    modality: [...new Set(images.map(modalityOf))].map(coded),
    subject: { reference: address('patient') },
    ...takenAt(result, 'started'),
    numberOfSeries: series.length,
    numberOfInstances: images.length,
    series: series.map((uid) => {
      const own = images.filter(({ seriesInstanceUid }) => seriesInstanceUid === uid);
      return {
        uid,
        modality: coded(modalityOf(own[0])),
        numberOfInstances: own.length,
        instance: own.map(({ sopInstanceUid, sopClassUid }) => ({
          uid: sopInstanceUid,
          sopClass: { system: 'urn:ietf:rfc:3986', code: `urn:oid:${sopClassUid}` },
        })),
      };
    }),
  };
}

function procedure(result: ModelResult, address: Address): FhirResource {
  return {
    resourceType: 'Procedure',
    meta: { profile: [`${EU_IMAGING_PROFILES}ProcedureEuImaging`] },
    text: tableNarrative([['Procedure', TASK_CODES[result.task].procedure.meaning]]),
    status: 'completed',
    category: { coding: [{ system: systemOf('SCT'), code: '363679005', display: 'Imaging' }] },
    code: concept(TASK_CODES[result.task].procedure),
    subject: { reference: address('patient') },
    ...takenAt(result, 'performedDateTime'),
  };
}

/** The weights that looked: their digest is their serial number. */
function device({ model }: ModelResult): FhirResource {
  return {
    resourceType: 'Device',
    text: tableNarrative([
      ['Model', `${model.name} ${model.version}`],
      ['Weights', model.digest],
      ['Use', RESEARCH_SENTENCE],
    ]),
    identifier: [{ system: 'urn:ietf:rfc:3986', value: `urn:oid:${deviceUid(model)}` }],
    status: 'active',
    manufacturer: model.manufacturer,
    serialNumber: model.digest,
    deviceName: [{ name: model.name, type: 'model-name' }],
    version: [{ value: model.version }],
    note: [{ text: RESEARCH_SENTENCE }],
  };
}

function organization({ model }: ModelResult): FhirResource {
  return {
    resourceType: 'Organization',
    meta: { profile: [`${EU_BASE_PROFILES}organization-eu-core`] },
    text: tableNarrative([['Organization', model.manufacturer]]),
    identifier: [{ system: 'urn:unica:makers', value: model.manufacturer }],
    name: model.manufacturer,
  };
}

function provenance(result: ModelResult, address: Address): FhirResource {
  return {
    resourceType: 'Provenance',
    text: tableNarrative([['Made', reckonedAt(result)]]),
    target: [{ reference: address('composition') }, { reference: address('report') }],
    recorded: reckonedAt(result),
    activity: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-DataOperation', code: 'CREATE' }] },
    agent: [
      {
        type: {
          coding: [{ system: 'http://terminology.hl7.org/CodeSystem/provenance-participant-type', code: 'assembler' }],
        },
        who: { reference: address('device') },
        onBehalfOf: { reference: address('organization') },
      },
    ],
    entity: [{ role: 'source', what: { reference: address('study') } }],
  };
}
