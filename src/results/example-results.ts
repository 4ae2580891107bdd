import type { ModelResult, ResultImage } from './model-result.ts';

const MODEL = {
  name: 'breast-risk',
  version: '1.2.0',
  digest: '5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef',
  manufacturer: 'UNICA federation',
};

const STUDY = {
  StudyInstanceUID: '2.25.311112222333344445555',
  PatientName: 'Example^Anna',
  PatientID: 'P-0001',
  PatientBirthDate: '19640214',
  PatientSex: 'F',
  StudyDate: '20260511',
  StudyTime: '101500',
  StudyID: '1',
  AccessionNumber: 'A77',
  StudyDescription: 'Screening mammography',
};

const INPUTS = '0c'.repeat(32);

const RECKONED = { date: '20260511', time: '104200', zone: '+0000' };

function view(laterality: 'L' | 'R', name: 'CC' | 'MLO', index: number): ResultImage {
  return {
    sopInstanceUid: `2.25.31111222233334444${index}`,
    sopClassUid: '1.2.840.10008.5.1.4.1.1.1.2',
    seriesInstanceUid: `2.25.41111222233334444${index}`,
    modality: 'MG',
    rows: 230,
    columns: 180,
    spacingMm: [0.7, 0.7],
    laterality,
    view: name,
    patientOrientation: laterality === 'L' ? ['A', 'R'] : ['P', 'L'],
    contentDate: '20260511',
    contentTime: '101600',
    score: { value: 0.021 * index, interval: { low: 0.01 * index, high: 0.05 * index, level: 0.9 } },
    findings: [],
  };
}

const MAP = {
  rows: 4,
  columns: 3,
  values: Float32Array.from([0, 0.1, 0, 0, 0.9, 0.2, 0, 0.4, 0.1, 0, 0, 0]),
  method: 'Grad-CAM',
  faithful: true,
};

const MAMMOGRAPHY: ModelResult = {
  task: 'breast-risk',
  study: STUDY,
  images: [
    {
      ...view('R', 'CC', 1),
      findings: [
        {
          kind: 'mass',
          probability: 0.63,
          centre: { column: 90, row: 110 },
          outline: [
            { column: 80, row: 100 },
            { column: 100, row: 102 },
            { column: 98, row: 122 },
            { column: 82, row: 118 },
          ],
        },
        { kind: 'calcifications', probability: 0.41, centre: { column: 40, row: 60 } },
      ],
      map: MAP,
    },
    view('L', 'CC', 2),
    { ...view('R', 'MLO', 3), map: { ...MAP, faithful: false } },
    view('L', 'MLO', 4),
  ],
  model: MODEL,
  inputsSha256: INPUTS,
  reckoned: RECKONED,
  outcome: {
    kind: 'scored',
    score: { value: 0.034, interval: { low: 0.018, high: 0.06, level: 0.9 } },
    risks: [
      { years: 1, estimate: { value: 0.006, interval: { low: 0.003, high: 0.011, level: 0.9 } } },
      { years: 5, estimate: { value: 0.031, interval: { low: 0.019, high: 0.05, level: 0.9 } } },
    ],
    density: { category: 'c', probability: 0.71 },
    remarks: ['The left MLO view is cut at the pectoral muscle.'],
  },
};

const FILM: ResultImage = {
  sopInstanceUid: '2.25.51111222233334444',
  sopClassUid: '1.2.840.10008.5.1.4.1.1.1',
  seriesInstanceUid: '2.25.61111222233334444',
  modality: 'CR',
  frameOfReferenceUid: '2.25.71111222233334444',
  rows: 256,
  columns: 250,
  spacingMm: [1.4, 1.4],
  view: 'PA',
  patientOrientation: ['L', 'F'],
  contentDate: '20260511',
  contentTime: '101600',
  findings: [
    {
      kind: 'nodule',
      probability: 0.82,
      centre: { column: 170, row: 90 },
      outline: [
        { column: 164, row: 84 },
        { column: 176, row: 84 },
        { column: 176, row: 96 },
        { column: 164, row: 96 },
      ],
    },
  ],
  map: MAP,
};

const CHEST: ModelResult = {
  task: 'chest-nodule',
  study: { ...STUDY, StudyInstanceUID: '2.25.811112222333344445555', StudyDescription: 'Chest' },
  images: [FILM],
  model: { ...MODEL, name: 'chest-nodule', version: '0.9.0' },
  inputsSha256: INPUTS,
  reckoned: RECKONED,
  outcome: { kind: 'scored', score: { value: 0.78, interval: { low: 0.55, high: 0.91, level: 0.9 } } },
};

/** Results of invented people with everything a result can have and with as little as it can have, by name. */
export const EXAMPLE_RESULTS: Readonly<Record<string, ModelResult>> = {
  mammography: MAMMOGRAPHY,
  'mammography of a new version': {
    ...MAMMOGRAPHY,
    model: { ...MODEL, version: '1.3.0', digest: 'ab'.repeat(32), replaces: MODEL },
  },
  'mammography without anything to show': {
    ...MAMMOGRAPHY,
    study: { StudyInstanceUID: STUDY.StudyInstanceUID },
    images: [
      {
        sopInstanceUid: '2.25.311',
        sopClassUid: '1.2.840.10008.5.1.4.1.1.1.2',
        seriesInstanceUid: '2.25.312',
        rows: 20,
        columns: 16,
        findings: [],
      },
    ],
    outcome: { kind: 'scored', score: { value: 0.01, interval: { low: 0, high: 0.03, level: 0.9 } } },
  },
  'mammograms for processing': {
    ...MAMMOGRAPHY,
    study: { ...STUDY, StudyInstanceUID: '2.25.911112222333344445555' },
    images: MAMMOGRAPHY.images.map((image) => ({
      ...image,
      sopClassUid: '1.2.840.10008.5.1.4.1.1.1.2.1',
      score: undefined,
      findings: [],
      map: undefined,
    })),
    outcome: {
      kind: 'refused',
      reason: 'for-processing',
      says: 'the mammograms are for processing; the model reads those for presentation.',
    },
  },
  chest: CHEST,
  'chest without a finding': {
    ...CHEST,
    study: { ...STUDY, StudyInstanceUID: '2.25.1011112222333344445555' },
    images: [{ ...FILM, findings: [], map: undefined }],
    outcome: { kind: 'scored', score: { value: 0.04 } },
  },
  'a film unlike those learned from': {
    ...CHEST,
    study: { ...STUDY, StudyInstanceUID: '2.25.1111112222333344445555' },
    images: [{ ...FILM, findings: [], map: undefined }],
    outcome: {
      kind: 'refused',
      reason: 'unlike',
      says: 'the film is unlike those the model has learned from.',
    },
  },
};
