import type { Json } from '#base';
import { sopClassName } from '#vocab';
import { uuidFrom } from './derived-ids.ts';
import type { FhirResource } from './fhir-json.ts';
import {
  type Manifest,
  type ManifestCode,
  type ManifestIdentifier,
  type ManifestSeries,
  modalitiesOf,
} from './manifest.ts';
import { DCM_SYSTEM, DICOM_UID_SYSTEM, SOP_CLASS_SYSTEM } from './manifest-codes.ts';
import { tableNarrative } from './manifest-narrative.ts';
import { dateOf, dateTimeOf } from './moments.ts';

const MADO = 'https://profiles.ihe.net/RAD/MADO/StructureDefinition/';
const IDENTIFIER_TYPES = 'http://terminology.hl7.org/CodeSystem/v2-0203';
/** What a profile demands and the source does not say. */
const NOT_STATED = 'not stated';

/** Modalities by the beginning of the name of a SOP class, for manifests that name none. */
const MODALITIES: readonly (readonly [string, string])[] = [
  ['CT Image', 'CT'],
  ['Enhanced CT', 'CT'],
  ['MR ', 'MR'],
  ['Enhanced MR', 'MR'],
  ['Computed Radiography', 'CR'],
  ['Digital X-Ray', 'DX'],
  ['Digital Mammography', 'MG'],
  ['Breast Tomosynthesis', 'MG'],
  ['Ultrasound', 'US'],
  ['X-Ray Angiographic', 'XA'],
  ['X-Ray Radiofluoroscopic', 'RF'],
  ['Nuclear Medicine', 'NM'],
  ['Positron Emission', 'PT'],
  ['Key Object', 'KO'],
  ['Grayscale Softcopy', 'PR'],
  ['Segmentation', 'SEG'],
  ['RT ', 'RTDOSE'],
  ['VL Whole Slide', 'SM'],
];

/**
 * A manifest as a FHIR R4 document by IHE MADO (MadoFhirBundle). The same manifest gives the same document, addresses
 * included.
 */
export function bundleOfManifest(manifest: Manifest): FhirResource {
  const address = (what: string) =>
    `urn:uuid:${uuidFrom(`mado ${manifest.document.value} ${manifest.studyInstanceUid} ${what}`)}`;
  const endpoints = endpointsOf(manifest);
  const resources: readonly (readonly [string, FhirResource])[] = [
    ['composition', composition(manifest, address)],
    ['study', imagingStudy(manifest, address)],
    ['patient', patient(manifest)],
    ...endpoints.map(({ key, series }) => [key, endpoint(series)] as const),
    ['device', device(manifest, address)],
    ['organization', { resourceType: 'Organization', name: manifest.institution ?? NOT_STATED }],
    ...(manifest.accession === undefined ? [] : [['request', request(manifest.accession, manifest, address)] as const]),
  ];
  return {
    resourceType: 'Bundle',
    meta: { profile: [`${MADO}MadoFhirBundle`] },
    identifier: documentIdentifier(manifest.document),
    type: 'document',
    timestamp: instantOf(manifest),
    entry: resources.map(([what, { resourceType, ...rest }]) => {
      const fullUrl = address(what);
      return { fullUrl, resource: { resourceType, id: fullUrl.slice('urn:uuid:'.length), ...rest } };
    }),
  };
}

type Address = (what: string) => string;

function documentIdentifier({ value, issuer }: ManifestIdentifier): Json {
  return { system: issuer ?? DICOM_UID_SYSTEM, value };
}

/** An instant wants a time to the second. */
function instantOf({ written, timezone }: Manifest): string {
  return dateTimeOf({ date: written.date, time: (written.time ?? '').padEnd(6, '0') }, timezone);
}

function composition(manifest: Manifest, address: Address): FhirResource {
  const { series, studyInstanceUid, studyDescription, timezone, written } = manifest;
  const title = manifest.title ?? studyDescription ?? 'Imaging manifest';
  return {
    resourceType: 'Composition',
    meta: { profile: [`${MADO}MadoComposition`] },
    text: tableNarrative([
      ['Study Instance UID', studyInstanceUid],
      ['Description', studyDescription],
      ['Modalities', modalitiesOf(manifest).join(', ')],
      ['Number of series', series.length],
      ['Accession number', manifest.accession?.value],
    ]),
    identifier: documentIdentifier(manifest.document),
    status: 'final',
    type: { coding: [{ system: 'http://loinc.org', code: '18748-4', display: 'Diagnostic imaging study' }] },
    category: [
      {
        coding: [
          {
            system: 'http://hl7.eu/fhir/eu-health-data-api/CodeSystem/eehrxf-document-priority-category-cs',
            code: 'Medical-Imaging',
          },
        ],
      },
    ],
    subject: { reference: address('patient'), type: 'Patient' },
    date: dateTimeOf(written, timezone),
    author: [
      { reference: address('device'), type: 'Device' },
      { reference: address('organization'), type: 'Organization' },
    ],
    title,
    event: [{ detail: [{ reference: address('study'), type: 'ImagingStudy' }] }],
    section: series.map((one, index) => ({
      title: `Series ${one.number ?? index + 1}`,
      text: tableNarrative([
        ['Series Instance UID', one.seriesInstanceUid],
        ['Modality', modalityOf(one)],
        ['Description', one.description],
        ['Number of instances', one.instances.length],
      ]),
      entry: [{ reference: address(endpointKey(one)), type: 'Endpoint' }],
    })),
  };
}

function imagingStudy(manifest: Manifest, address: Address): FhirResource {
  const {
    studyInstanceUid,
    studyStarted,
    studyDescription,
    series,
    timezone,
    accession,
    procedure,
    regions = [],
  } = manifest;
  return {
    resourceType: 'ImagingStudy',
    meta: { profile: [`${MADO}MadoImagingStudy`] },
    ...some(
      'extension',
      regions.map((region) => ({
        url: `${MADO}MadoAnatomicalRegionExtension`,
        valueCodeableConcept: { coding: [coding(region)] },
      })),
    ),
    identifier: [
      {
        type: { coding: [{ system: DCM_SYSTEM, code: '110180', display: 'Study Instance UID' }] },
        system: 'urn:dicom:uid',
        value: `urn:oid:${studyInstanceUid}`,
      },
    ],
    status: 'available',
    ...some(
      'modality',
      [...new Set(series.map(modalityOf))].map((code) => ({ system: DCM_SYSTEM, code })),
    ),
    subject: { reference: address('patient'), type: 'Patient' },
    ...(studyStarted === undefined ? {} : { started: dateTimeOf(studyStarted, timezone) }),
    ...(accession === undefined
      ? {}
      : {
          basedOn: [
            { reference: address('request'), type: 'ServiceRequest', identifier: accessionIdentifier(accession) },
          ],
        }),
    numberOfSeries: series.length,
    numberOfInstances: series.reduce((sum, { instances }) => sum + instances.length, 0),
    procedureCode: [{ text: procedure ?? studyDescription ?? NOT_STATED }],
    ...(studyDescription === undefined ? {} : { description: studyDescription }),
    series: series.map((one) => seriesOf(one, timezone, address)),
  };
}

function seriesOf(series: ManifestSeries, timezone: string, address: Address): Json {
  const { seriesInstanceUid, number, description, instances, region, started } = series;
  return {
    uid: seriesInstanceUid,
    ...(number === undefined || number < 0 ? {} : { number }),
    modality: { system: DCM_SYSTEM, code: modalityOf(series) },
    ...(description === undefined ? {} : { description }),
    numberOfInstances: instances.length,
    endpoint: [{ reference: address(endpointKey(series)), type: 'Endpoint' }],
    ...(region === undefined ? {} : { bodySite: coding(region) }),
    ...(started === undefined ? {} : { started: dateTimeOf(started, timezone) }),
    instance: instances.map(({ sopInstanceUid, sopClassUid, number: place, frames }) => ({
      ...(frames === undefined ? {} : { extension: [{ url: `${MADO}MadoNumberOfFrames`, valueInteger: frames }] }),
      uid: sopInstanceUid,
      sopClass: { system: SOP_CLASS_SYSTEM, code: `urn:oid:${sopClassUid}` },
      ...(place === undefined || place < 0 ? {} : { number: place }),
    })),
  };
}

function patient({ patient: { id, name, birthDate, sex } }: Manifest): FhirResource {
  const [family = '', given = '', middle = '', prefix = '', suffix = ''] = (name?.split('=')[0] ?? '').split('^');
  const givens = [given, middle].filter((part) => part !== '');
  const born = dateOf(birthDate ?? '');
  return {
    resourceType: 'Patient',
    meta: { profile: [`${MADO}MadoPatient`] },
    ...(id === undefined
      ? {}
      : {
          identifier: [
            {
              type: { coding: [{ system: IDENTIFIER_TYPES, code: 'MR' }] },
              system: issuerAddress(id.issuer),
              value: id.value,
            },
          ],
        }),
    ...(family === '' && givens.length === 0
      ? {}
      : {
          name: [
            {
              ...(family === '' ? {} : { family }),
              ...some('given', givens),
              ...some('prefix', prefix === '' ? [] : [prefix]),
              ...some('suffix', suffix === '' ? [] : [suffix]),
            },
          ],
        }),
    gender: GENDERS[sex ?? ''] ?? 'unknown',
    ...(born === undefined ? {} : { birthDate: born }),
  };
}

const GENDERS: Readonly<Record<string, string>> = { M: 'male', F: 'female', O: 'other' };

function device({ manufacturer }: Manifest, address: Address): FhirResource {
  return {
    resourceType: 'Device',
    meta: { profile: [`${MADO}MadoCreator`] },
    ...(manufacturer === undefined ? {} : { manufacturer }),
    type: { coding: [{ system: 'https://profiles.ihe.net/RAD/MADO/CodeSystem/MadoDeviceType', code: 'mado-creator' }] },
    owner: { reference: address('organization'), type: 'Organization' },
  };
}

function endpointKey({ retrieveUrl = '', retrieveLocationUid = '' }: ManifestSeries): string {
  return `endpoint ${retrieveLocationUid} ${retrieveUrl}`;
}

function endpointsOf({ series }: Manifest): readonly { readonly key: string; readonly series: ManifestSeries }[] {
  return [...new Map(series.map((one) => [endpointKey(one), { key: endpointKey(one), series: one }])).values()];
}

function endpoint({ retrieveUrl, retrieveLocationUid = NOT_STATED }: ManifestSeries): FhirResource {
  const absent = {
    extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'unknown' }],
  };
  return {
    resourceType: 'Endpoint',
    meta: { profile: [`${MADO}MadoWadoEndpoint`] },
    extension: [{ url: `${MADO}MadoRetrieveLocationUIDExtension`, valueString: retrieveLocationUid }],
    status: 'active',
    connectionType: { system: 'http://terminology.hl7.org/CodeSystem/endpoint-connection-type', code: 'dicom-wado-rs' },
    payloadType: [
      {
        coding: [{ system: 'http://terminology.hl7.org/CodeSystem/endpoint-payload-type', code: 'none' }],
        text: 'DICOM WADO-RS',
      },
    ],
    payloadMimeType: ['application/dicom', 'application/dicom+json'],
    ...(retrieveUrl === undefined ? { _address: absent } : { address: retrieveUrl }),
  };
}

function request(accession: ManifestIdentifier, { procedure }: Manifest, address: Address): FhirResource {
  return {
    resourceType: 'ServiceRequest',
    meta: { profile: [`${MADO}MadoRequestedProcedure`] },
    identifier: [accessionIdentifier(accession)],
    status: 'completed',
    intent: 'order',
    ...(procedure === undefined ? {} : { code: { text: procedure } }),
    subject: { reference: address('patient'), type: 'Patient' },
  };
}

function accessionIdentifier({ value, issuer }: ManifestIdentifier): Json {
  const types = [
    { system: DCM_SYSTEM, code: '121022', display: 'Accession Number' },
    { system: IDENTIFIER_TYPES, code: 'ACSN' },
  ];
  return { type: { coding: types }, system: issuerAddress(issuer), value };
}

/** A system has to be an address: a plain name becomes one. */
function issuerAddress(issuer = 'unknown'): string {
  return /^[a-z][a-z0-9+.-]*:/i.test(issuer) ? issuer : `urn:dicom:issuer:${encodeURIComponent(issuer)}`;
}

function coding({ system, code, display }: ManifestCode): Json {
  return { system, code, ...(display === undefined ? {} : { display }) };
}

/** R4 demands a modality of every series. */
function modalityOf({ modality, instances }: ManifestSeries): string {
  if (modality !== undefined) return modality;
  const name = sopClassName(instances[0]?.sopClassUid ?? '') ?? '';
  return MODALITIES.find(([start]) => name.startsWith(start))?.[1] ?? 'OT';
}

function some(name: string, list: readonly Json[]): { readonly [name: string]: Json } {
  return list.length === 0 ? {} : { [name]: list };
}
