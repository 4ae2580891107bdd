import type { DatasetDescription } from '#catalogue';
import type { DatasetCard } from '#wire';

/** All that a person can type. */
export const CARD: DatasetCard = {
  publisherName: 'Hospital of the Example',
  contactEmail: 'data@hospital.example',
  condition: 'CLIN1000060',
  collectionMethod: 'patient-based',
  populationCoverage: 'Women invited to organised screening',
  legalBasis: ['A6-1-e', 'A9-2-j'],
  retentionUntil: '2036-12-31',
  hdabName: 'National health data access body',
  hdabPage: 'https://hdab.example/',
};

/** A dataset with everything in it. */
export const MAMMOGRAPHY: DatasetDescription = {
  siteId: 'thessaloniki',
  name: 'screening',
  title: 'Screening mammography',
  description: 'Mammograms of organised screening.',
  country: 'GR',
  version: 3,
  summary: {
    persons: 9800,
    studies: 12000,
    images: 48000,
    modalities: ['MG'],
    bodyParts: ['BREAST'],
    manufacturers: ['HOLOGIC, Inc.', 'SIEMENS'],
    sexes: { F: 9800 },
    findings: { 'BI-RADS 4': 120 },
    ageYears: { from: 45, to: 74 },
    studyYears: { from: 2016, to: 2023 },
  },
  quality: {
    score: 97.5,
    checked: 48000,
    findings: 310,
    dimensions: [{ dimension: 'completeness', score: 99.1 }],
  },
  smallestSpacingMm: 0.065,
  conditions: ['DUO_0000042', 'ETHICS_APPROVAL_REQUIRED'],
  card: CARD,
  synthetic: false,
  publishedAtMs: Date.UTC(2026, 4, 3),
  contentSha256: 'ab'.repeat(32),
};
