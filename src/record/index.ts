export { type RecordAddresses, recordAddresses } from './record-addresses.ts';
export { analyticsCsv, sampleCsv } from './record-tables.ts';
export { type RecordForm, toTurtle } from './to-turtle.ts';
export { TYPED_FIELDS, type TypedField, typedFieldOf } from './typed-fields.ts';
