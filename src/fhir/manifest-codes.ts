/** Addresses of code systems by the designators of DICOM (PS3.16 section 8). */
const SYSTEMS: Readonly<Record<string, string>> = {
  DCM: 'http://dicom.nema.org/resources/ontology/DCM',
  SCT: 'http://snomed.info/sct',
  LN: 'http://loinc.org',
  UCUM: 'http://unitsofmeasure.org',
  RADLEX: 'http://radlex.org',
  NCIt: 'http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl',
  '99IHE': 'urn:oid:1.3.6.1.4.1.19376.1.2.6.1',
};

export const DCM_SYSTEM = 'http://dicom.nema.org/resources/ontology/DCM';
/** Of identifiers that are addresses themselves, UIDs among them. */
export const DICOM_UID_SYSTEM = 'urn:ietf:rfc:3986';
/** Of SOP classes, as the MADO examples write it. */
export const SOP_CLASS_SYSTEM = 'http://dicom.nema.org/resources/CodeSystem/DICOM_UIDs';

/** The address of a scheme; an unknown one is kept as a name of its own. */
export function systemOf(scheme: string): string {
  return SYSTEMS[scheme] ?? `urn:dicom:scheme:${encodeURIComponent(scheme)}`;
}

/** The designator of a system; one that DICOM does not name is told apart by its end. */
export function schemeOf(system: string): string {
  const known = Object.entries(SYSTEMS).find(([, address]) => address === system)?.[0];
  if (known !== undefined) return known;
  if (system.startsWith('urn:dicom:scheme:')) return decodeURIComponent(system.slice('urn:dicom:scheme:'.length));
  return `99${system
    .replace(/[^A-Za-z0-9]/g, '')
    .slice(-14)
    .toUpperCase()}`;
}
