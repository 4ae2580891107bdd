export { CATALOGUE_NAME, catalogueTurtle, type DataPoint, dataPointTurtle } from './fair-data-point.ts';
export { negotiate, RECORD_TYPES, type RecordType } from './negotiate.ts';
export { cataloguePage, datasetPage } from './pages.ts';
export { type RecordAddresses, recordAddresses } from './record-addresses.ts';
export { analyticsCsv, sampleCsv } from './record-tables.ts';
export { schemaOrg } from './schema-org.ts';
export { signpostsOf } from './signposting.ts';
export { type RecordForm, toTurtle } from './to-turtle.ts';
export { TYPED_FIELDS, type TypedField, typedFieldOf } from './typed-fields.ts';
