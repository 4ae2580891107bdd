/** Profiles of HL7 Europe imaging begin with it. */
export const EU_IMAGING_PROFILES = 'http://hl7.eu/fhir/imaging/StructureDefinition/';
/** Profiles of HL7 Europe base and core. */
export const EU_BASE_PROFILES = 'http://hl7.eu/fhir/base/StructureDefinition/';
/** The extension that says why something is not there. */
export const DATA_ABSENT_REASON = 'http://hl7.org/fhir/StructureDefinition/data-absent-reason';
