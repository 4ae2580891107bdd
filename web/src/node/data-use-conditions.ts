/** Data-use terms a curator can attach (Data Use Ontology, 2021-02-23); the words for them are in the catalogues. */
export const DATA_USE_CONDITIONS = [
  'DUO:0000004',
  'DUO:0000042',
  'DUO:0000006',
  'DUO:0000007',
  'DUO:0000018',
  'DUO:0000019',
  'DUO:0000020',
  'DUO:0000021',
  'DUO:0000022',
  'DUO:0000025',
  'DUO:0000027',
  'DUO:0000028',
  'DUO:0000029',
] as const;
