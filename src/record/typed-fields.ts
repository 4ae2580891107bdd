/** A field that a person fills, by its name in the description of a dataset. */
export type TypedField =
  | 'title'
  | 'description'
  | 'conditions'
  | 'publisherName'
  | 'contactEmail'
  | 'condition'
  | 'collectionMethod'
  | 'populationCoverage'
  | 'legalBasis'
  | 'retentionUntil'
  | 'hdabName'
  | 'hdabPage';

/** All twelve, in the order in which they are asked. */
export const TYPED_FIELDS: readonly TypedField[] = [
  'title',
  'description',
  'publisherName',
  'contactEmail',
  'condition',
  'collectionMethod',
  'populationCoverage',
  'conditions',
  'legalBasis',
  'retentionUntil',
  'hdabName',
  'hdabPage',
];

const BY_PROPERTY: Readonly<Record<string, TypedField>> = {
  'http://data.europa.eu/930/custodian': 'publisherName',
  'http://healthdataportal.eu/ns/health#hdab': 'hdabName',
  'http://healthdataportal.eu/ns/health#populationCoverage': 'populationCoverage',
  'http://healthdataportal.eu/ns/health#retentionPeriod': 'retentionUntil',
  'http://purl.org/dc/terms/description': 'description',
  'http://purl.org/dc/terms/publisher': 'publisherName',
  'http://purl.org/dc/terms/rights': 'conditions',
  'http://purl.org/dc/terms/title': 'title',
  'http://www.w3.org/ns/dcat#contactPoint': 'contactEmail',
  'https://cancerimage.eu/ontology/EUCAIM#collectionMethod': 'collectionMethod',
  'https://cancerimage.eu/ontology/EUCAIM#hasCondition': 'condition',
  'https://w3id.org/dpv#hasLegalBasis': 'legalBasis',
};

/** The field to fill for a property of the dataset; undefined where it is computed from the data. */
export function typedFieldOf(path: string): TypedField | undefined {
  return BY_PROPERTY[path.split(' / ')[0] ?? ''];
}
