import { UnicaError } from '#base';
import { type FhirObject, type FhirResource, isResource, objectsOf, textAt } from './fhir-json.ts';
import type { Manifest, ManifestCode, ManifestIdentifier, ManifestSeries } from './manifest.ts';
import { DICOM_UID_SYSTEM } from './manifest-codes.ts';
import { momentOf } from './moments.ts';
import { type BundleIndex, followReference, indexBundle } from './references.ts';

/**
 * What a FHIR imaging manifest says (MadoFhirBundle).
 * @throws UnicaError `fhir.no-manifest` where it holds no composition, study or UID of a study.
 */
export function manifestOfBundle(bundle: FhirResource): Manifest {
  const index = indexBundle(bundle);
  const resources = objectsOf(bundle['entry']).map((entry) => entry['resource']);
  const first = (type: string) => resources.filter(isResource).find(({ resourceType }) => resourceType === type);
  const composition = first('Composition');
  const study = first('ImagingStudy');
  const studyInstanceUid = objectsOf(study?.['identifier'])
    .filter((identifier) => identifier['system'] === 'urn:dicom:uid')
    .map((identifier) => plainUid(textAt(identifier, 'value') ?? ''))[0];
  if (composition === undefined || study === undefined || !studyInstanceUid) throw new UnicaError('fhir.no-manifest');
  const written = momentOf(textAt(composition, 'date'));
  const started = momentOf(textAt(study, 'started'));
  const procedure = objectsOf(study['procedureCode'])[0];
  const request = first('ServiceRequest');
  const accession =
    accessionOf(objectsOf(request?.['identifier'])) ??
    accessionOf(objectsOf(study['basedOn']).flatMap((reference) => objectsOf(reference['identifier'])));
  const identifier = objectsOf(bundle['identifier'])[0] ?? {};
  return {
    document: identifierOf(identifier) ?? { value: textAt(bundle, 'id') ?? studyInstanceUid },
    written: written?.moment ?? { date: '' },
    timezone: started?.zone ?? written?.zone ?? '+0000',
    title: textAt(composition, 'title'),
    studyInstanceUid,
    studyDescription: textAt(study, 'description'),
    studyStarted: started?.moment,
    accession,
    procedure:
      procedure &&
      (textAt(procedure, 'text') ?? objectsOf(procedure['coding']).map((code) => textAt(code, 'display'))[0]),
    regions: regionsOf(study),
    patient: patientOf(first('Patient')),
    manufacturer: textAt(first('Device') ?? {}, 'manufacturer'),
    institution: textAt(first('Organization') ?? {}, 'name'),
    series: objectsOf(study['series']).map((series) => seriesOf(series, study, index)),
  };
}

function seriesOf(series: FhirObject, study: FhirResource, index: BundleIndex): ManifestSeries {
  const fullUrl = [...index.byFullUrl].find(([, resource]) => resource === study)?.[0];
  const endpoints = objectsOf(series['endpoint']).flatMap((reference) => {
    const target = followReference(textAt(reference, 'reference') ?? '', { container: study, bundle: index, fullUrl });
    return target.kind === 'found' ? [target.resource] : [];
  });
  const wado = endpoints.find((endpoint) => objectsOf(endpoint['connectionType'])[0]?.['code'] === 'dicom-wado-rs');
  const location = objectsOf(wado?.['extension']).find((extension) =>
    textAt(extension, 'url')?.endsWith('MadoRetrieveLocationUIDExtension'),
  );
  const number = series['number'];
  return {
    seriesInstanceUid: plainUid(textAt(series, 'uid') ?? ''),
    number: typeof number === 'number' ? number : undefined,
    modality: textAt(objectsOf(series['modality'])[0] ?? {}, 'code'),
    description: textAt(series, 'description'),
    region: codeOf(objectsOf(series['bodySite'])[0]),
    started: momentOf(textAt(series, 'started'))?.moment,
    retrieveUrl: wado && textAt(wado, 'address'),
    retrieveLocationUid: location && textAt(location, 'valueString'),
    instances: objectsOf(series['instance']).map((instance) => {
      const place = instance['number'];
      const frames = objectsOf(instance['extension']).find((extension) =>
        textAt(extension, 'url')?.endsWith('NumberOfFrames'),
      )?.['valueInteger'];
      return {
        sopInstanceUid: plainUid(textAt(instance, 'uid') ?? ''),
        sopClassUid: plainUid(textAt(objectsOf(instance['sopClass'])[0] ?? {}, 'code') ?? ''),
        number: typeof place === 'number' ? place : undefined,
        frames: typeof frames === 'number' ? frames : undefined,
      };
    }),
  };
}

function patientOf(patient: FhirResource | undefined): Manifest['patient'] {
  const name = objectsOf(patient?.['name'])[0];
  const list = (part: string) => {
    const value = name?.[part];
    return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
  };
  const [given = '', ...middle] = list('given');
  const parts = [
    textAt(name ?? {}, 'family') ?? '',
    given,
    middle.join(' '),
    list('prefix').join(' '),
    list('suffix').join(' '),
  ];
  const text = parts.join('^').replace(/\^+$/, '');
  const sex = { male: 'M', female: 'F', other: 'O' }[textAt(patient ?? {}, 'gender') ?? ''];
  return {
    id: objectsOf(patient?.['identifier']).map(identifierOf)[0],
    name: text === '' ? textAt(name ?? {}, 'text') : text,
    birthDate: textAt(patient ?? {}, 'birthDate')?.replaceAll('-', ''),
    sex,
  };
}

function accessionOf(identifiers: readonly FhirObject[]): ManifestIdentifier | undefined {
  return identifiers
    .filter(({ type }) =>
      objectsOf(type).some((concept) =>
        objectsOf(concept['coding']).some(({ code }) => code === 'ACSN' || code === '121022'),
      ),
    )
    .map(identifierOf)[0];
}

/** @note an issuer that is a plain name in DICOM was made an address for FHIR; a UID needs none. */
function identifierOf(identifier: FhirObject): ManifestIdentifier | undefined {
  const value = textAt(identifier, 'value');
  if (value === undefined) return undefined;
  const system = textAt(identifier, 'system');
  const name = /^urn:dicom:issuer:(.*)$/.exec(system ?? '')?.[1];
  const issuer = name === undefined ? system : decodeURIComponent(name);
  return { value, ...(issuer === undefined || issuer === DICOM_UID_SYSTEM || name === 'unknown' ? {} : { issuer }) };
}

function regionsOf(study: FhirResource): readonly ManifestCode[] | undefined {
  const regions = objectsOf(study['extension'])
    .filter((extension) => textAt(extension, 'url')?.endsWith('AnatomicalRegionExtension'))
    .flatMap((extension) => objectsOf(extension['valueCodeableConcept']))
    .flatMap((concept) => codeOf(objectsOf(concept['coding'])[0]) ?? []);
  return regions.length === 0 ? undefined : regions;
}

function codeOf(coding: FhirObject | undefined): ManifestCode | undefined {
  const code = coding && textAt(coding, 'code');
  if (coding === undefined || code === undefined) return undefined;
  return { system: textAt(coding, 'system') ?? '', code, display: textAt(coding, 'display') };
}

function plainUid(text: string): string {
  return text.replace(/^urn:oid:/, '');
}
