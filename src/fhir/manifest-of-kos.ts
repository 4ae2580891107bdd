import { UnicaError } from '#base';
import type { DataSet } from '#dicom';
import { tagOf } from '#vocab';
import type { Manifest, ManifestCode, ManifestIdentifier, ManifestInstance, ManifestSeries } from './manifest.ts';
import { systemOf } from './manifest-codes.ts';
import { KEY_OBJECT_SELECTION } from './manifest-to-kos.ts';

/**
 * What a DICOM key object selection says: of series and instances the evidence, described further by the image library
 * where it has one. @throws UnicaError `fhir.no-manifest` for any other object.
 */
export function manifestOfKos(dataset: DataSet): Manifest {
  const text = (keyword: string): string | undefined => dataset.text(tagOf(keyword));
  const evidence = [
    ...dataset.items(tagOf('CurrentRequestedProcedureEvidenceSequence')),
    ...dataset.items(tagOf('PertinentOtherEvidenceSequence')),
  ];
  const studyInstanceUid = evidence[0]?.text(tagOf('StudyInstanceUID')) ?? text('StudyInstanceUID');
  if (text('SOPClassUID') !== KEY_OBJECT_SELECTION || studyInstanceUid === undefined)
    throw new UnicaError('fhir.no-manifest');
  const described = libraryOf(dataset);
  const listed = evidence.flatMap((study) => study.items(tagOf('ReferencedSeriesSequence')));
  const request = dataset.items(tagOf('ReferencedRequestSequence'))[0];
  const procedureCode = request?.items(tagOf('RequestedProcedureCodeSequence'))[0]?.text(tagOf('CodeMeaning'));
  const accession = text('AccessionNumber') ?? request?.text(tagOf('AccessionNumber'));
  const date = text('StudyDate');
  return {
    document: { value: `urn:oid:${text('SOPInstanceUID') ?? ''}` },
    written: { date: text('ContentDate') ?? date ?? '19000101', time: text('ContentTime') },
    timezone: /^[+-]\d{4}$/.exec(text('TimezoneOffsetFromUTC') ?? '')?.[0] ?? '+0000',
    title: text('SeriesDescription'),
    studyInstanceUid,
    studyDescription: text('StudyDescription'),
    studyStarted: date === undefined ? undefined : { date, time: text('StudyTime') },
    accession:
      accession === undefined
        ? undefined
        : issued(accession, undefined, dataset.items(tagOf('IssuerOfAccessionNumberSequence'))[0]),
    procedure: request?.text(tagOf('RequestedProcedureDescription')) ?? procedureCode,
    regions: described.regions.length === 0 ? undefined : described.regions,
    patient: {
      id: patientId(dataset),
      name: text('PatientName'),
      birthDate: text('PatientBirthDate'),
      sex: text('PatientSex'),
    },
    manufacturer: text('Manufacturer'),
    institution: text('InstitutionName'),
    series: listed.map((item) => seriesOf(item, described.series)),
  };
}

function patientId(dataset: DataSet): ManifestIdentifier | undefined {
  const value = dataset.text(tagOf('PatientID'));
  if (value === undefined) return undefined;
  const name = dataset.text(tagOf('IssuerOfPatientID'));
  return issued(value, name, dataset.items(tagOf('IssuerOfPatientIDQualifiersSequence'))[0]);
}

/** The universal name of an issuer goes before its local ones. */
function issued(value: string, name: string | undefined, qualifier: DataSet | undefined): ManifestIdentifier {
  const universal = qualifier?.text(tagOf('UniversalEntityID'));
  const kind = qualifier?.text(tagOf('UniversalEntityIDType'));
  const local = name ?? qualifier?.text(tagOf('LocalNamespaceEntityID'));
  if (universal !== undefined && kind === 'ISO') return { value, issuer: `urn:oid:${universal}` };
  if (universal !== undefined && kind === 'URI') return { value, issuer: universal };
  return local === undefined ? { value } : { value, issuer: local };
}

/** What the image library says of a series. */
type Described = Omit<ManifestSeries, 'instances' | 'seriesInstanceUid'> & {
  readonly seriesInstanceUid: string | undefined;
  readonly numbers: ReadonlyMap<string, Pick<ManifestInstance, 'number' | 'frames'>>;
};

function libraryOf(dataset: DataSet): {
  readonly regions: readonly ManifestCode[];
  readonly series: ReadonlyMap<string, Described>;
} {
  const library = contentOf(dataset).find((item) => nameOf(item)?.code === '111028');
  const items = library === undefined ? [] : contentOf(library);
  const groups = items.filter((item) => nameOf(item)?.code === '126200').map(describedOf);
  return {
    regions: regionsIn(items),
    series: new Map(
      groups.flatMap((group) =>
        group.seriesInstanceUid === undefined ? [] : [[group.seriesInstanceUid, group] as const],
      ),
    ),
  };
}

function describedOf(group: DataSet): Described {
  const items = contentOf(group);
  const named = (code: string) => items.find((item) => nameOf(item)?.code === code);
  const value = (code: string, keyword: string) => named(code)?.text(tagOf(keyword));
  const date = value('MADOTEMP003', 'Date');
  const numbers = new Map<string, Pick<ManifestInstance, 'number' | 'frames'>>();
  let next: { number?: number; frames?: number } = {};
  for (const item of items) {
    const code = nameOf(item)?.code;
    const said = Number(item.text(tagOf('TextValue')) ?? Number.NaN);
    if (code === '113609' && Number.isInteger(said)) next = { ...next, number: said };
    else if (code === '121140' && Number.isInteger(said)) next = { ...next, frames: said };
    else if (item.text(tagOf('ValueType')) === 'IMAGE') {
      const uid = item.items(tagOf('ReferencedSOPSequence'))[0]?.text(tagOf('ReferencedSOPInstanceUID'));
      if (uid !== undefined) numbers.set(uid, next);
      next = {};
    }
  }
  return {
    seriesInstanceUid: value('112002', 'UID'),
    modality: named('121139')?.items(tagOf('ConceptCodeSequence'))[0]?.text(tagOf('CodeValue')),
    description: value('MADOTEMP002', 'TextValue'),
    number: wholeNumber(value('113607', 'TextValue')),
    region: regionsIn(items)[0],
    started: date === undefined ? undefined : { date, time: value('MADOTEMP004', 'Time') },
    numbers,
  };
}

function seriesOf(item: DataSet, described: ReadonlyMap<string, Described>): ManifestSeries {
  const seriesInstanceUid = item.text(tagOf('SeriesInstanceUID')) ?? '';
  const { numbers, ...rest } = described.get(seriesInstanceUid) ?? { numbers: undefined };
  return {
    ...rest,
    seriesInstanceUid,
    retrieveUrl: item.text(tagOf('RetrieveURL')),
    retrieveLocationUid: item.text(tagOf('RetrieveLocationUID')),
    instances: item.items(tagOf('ReferencedSOPSequence')).map((reference) => {
      const sopInstanceUid = reference.text(tagOf('ReferencedSOPInstanceUID')) ?? '';
      return {
        sopInstanceUid,
        sopClassUid: reference.text(tagOf('ReferencedSOPClassUID')) ?? '',
        ...numbers?.get(sopInstanceUid),
      };
    }),
  };
}

function contentOf(dataset: DataSet): readonly DataSet[] {
  return dataset.items(tagOf('ContentSequence'));
}

function nameOf(item: DataSet): ManifestCode | undefined {
  return codeIn(item.items(tagOf('ConceptNameCodeSequence'))[0]);
}

function regionsIn(items: readonly DataSet[]): readonly ManifestCode[] {
  return items
    .filter((item) => nameOf(item)?.code === '123014')
    .flatMap((item) => codeIn(item.items(tagOf('ConceptCodeSequence'))[0]) ?? []);
}

function codeIn(item: DataSet | undefined): ManifestCode | undefined {
  const code = item?.text(tagOf('CodeValue')) ?? item?.text(tagOf('LongCodeValue'));
  if (item === undefined || code === undefined) return undefined;
  const scheme = item.text(tagOf('CodingSchemeDesignator')) ?? '';
  // DICOM's own codes have six digits: the published example gives a region of SNOMED CT their designator.
  const mended = scheme === 'DCM' && /^\d{7,18}$/.test(code) ? 'SCT' : scheme;
  return { system: systemOf(mended), code, display: item.text(tagOf('CodeMeaning')) };
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
