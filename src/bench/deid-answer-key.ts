import { SeededRandom } from '#base';
import {
  type Attributes,
  buildDicom,
  type DataSet,
  type Element,
  newElement,
  parseDicom,
  TAGS,
  textValue,
  withElements,
  writeDicom,
} from '#dicom';
import { attributeOf, isPictureClass, isPrivate, tagOf } from '#vocab';

/** The ten kinds of action that the Medical Image De-Identification Benchmark scores. */
export const ACTION_KINDS = [
  'tag retained',
  'text retained',
  'text not null',
  'text removed',
  'date shifted',
  'uid changed',
  'uid consistent',
  'patient id consistent',
  'pixels hidden',
  'pixels retained',
] as const;

export type ActionKind = (typeof ACTION_KINDS)[number];

/** What has to be true of one place of the cleaned object. */
export interface DeidAction {
  readonly kind: ActionKind;
  /** Tags from the top, each sequence by its first item; empty for the whole object. */
  readonly path: readonly number[];
  /** The value before, or the text that has to stay or to go. */
  readonly value: string;
}

/** An object with planted identifiers and everything that is right to do with it. */
export interface PlantedObject {
  readonly bytes: Uint8Array;
  /** The hospital's number of the person. */
  readonly patientId: string;
  readonly actions: readonly DeidAction[];
  /** Pixels that writing was painted on. */
  readonly painted: ReadonlySet<number>;
}

/** Examinations as departments name them; written without a look at any vocabulary of ours. */
const PHRASES: readonly string[] = [
  ...[
    'XR Chest PA and Lateral',
    'Chest 2 views',
    'CR CHEST AP PORTABLE',
    'Thorax ap',
    'MG Screening Bilateral',
    'L CC',
    'R MLO',
  ],
  ...[
    'MG Breast Diagnostic Left',
    'Mammography bilateral with tomosynthesis',
    'Breast Tomo Combo',
    'CT Chest W contrast IV',
  ],
  ...[
    'CT Abdomen and Pelvis WO contrast',
    'CT Thorax low dose screening',
    'CTA Pulmonary arteries',
    'HRCT Lung',
    'Topogram 0.6 T80s',
  ],
  ...[
    'Recon 2: Lung 1.25mm',
    'MR Prostate WO and W contrast',
    'mpMRI prostate',
    't2_tse_tra 3mm',
    'ep2d_diff b50 b800 ADC',
  ],
  ...[
    'T1 VIBE dynamic fs',
    'AX T2 FLAIR',
    'SAG STIR',
    'MR Breast bilateral dynamic',
    'PET/CT skull base to mid thigh',
    'PET WB AC',
  ],
  ...[
    'US breast left limited',
    'follow-up nodule right upper lobe',
    'dense breasts, spiculated mass',
    'no evidence of metastasis',
  ],
  ...[
    'comparison with prior exam',
    'post biopsy marker placement',
    'mediastinal window',
    'bone algorithm',
    'portal venous phase',
  ],
  ...[
    'Mammographie beidseits',
    'Röntgen Thorax p.a.',
    'CT Abdomen mit Kontrastmittel',
    'Radiografia do tórax',
    'Mamografia bilateral',
  ],
  ...[
    'XR Hand 3 Views Left',
    'MR Lumbar Spine Without',
    'Cardiac CT calcium scoring',
    'Fluoroscopy barium swallow',
    'Skeletal survey',
    'Bone densitometry DXA',
    'CT Guided lung biopsy',
    'PET FDG wholebody',
    'MG Implant displaced views',
    'Chest lordotic view',
    'MR Enterography',
    'CT Urogram',
    'Lung cancer screening annual round 2',
    'Ductogram right',
    'US Thyroid',
    'CT Sinuses',
    'Sonographie Mamma rechts',
    'Tomografía computarizada de tórax',
    'RX tórax AP y lateral',
    'Ecografia mammaria bilaterale',
    'Rezonans piersi',
    'УЗД молочних залоз',
    'Υπερηχογράφημα μαστών',
    'Krūtų echoskopija',
    'Rinnanäärmete ultraheli',
    'Knee 4V weightbearing bilateral',
    'CT Angiogram chest PE protocol',
    'Abdomen supine and upright',
    'MR Liver with Primovist',
    'Dual energy subtraction chest',
    'Sternum lateral',
    'Scaphoid views',
    'Breast MRI high risk screening',
    'Ultrasound guided core biopsy',
    'Prostate biopsy planning',
    'Kidney stone protocol',
    'Trauma pan scan',
    'Lower limb venous doppler',
    'Whole spine scoliosis',
    'Thorax Durchleuchtung',
    'Mamografia de rastreio',
    'Ecografia mamária',
    'Рентген органів грудної порожнини',
    'Mamografia skriningowa',
    'Plaučių rentgenograma tiesine',
    'Rentgensko slikanje prsnih organov',
    'Ψηφιακή μαστογραφία',
    'Μαστογραφία',
    'Ακτινογραφία θώρακος',
    'Мамографія скринінг',
    'Rentgen pljuč',
    'Mammografia przesiewowa',
    'Krūtinės ląstos rentgenograma',
  ],
];

const GIVEN = 'Ada Oksana Ευαγγελία Ines Małgorzata Jörg Žiga Ramunė Giulia Xiu Björn Олександр Liv Nuno'.split(' ');
const SURNAMES =
  'Zborowska Quercioli Παπαδόπουλος Шевченко Vasconcelos Novák Kazlauskienė Müllerschön Štrukelj Ødegård Okonkwo Nguyễn Bianchetti'.split(
    ' ',
  );
const HOSPITALS = ['Klinikum Rosental', 'Hospital de Sant Iscle', 'Γενικό Νοσοκομείο Αιγιαλείας', 'Ligoninė Vilkpėdė'];

/** Attributes whose words stay, where the words of the examination are written. */
const DESCRIPTIONS = [
  'StudyDescription',
  'SeriesDescription',
  'ProtocolName',
  'ImageComments',
  'PerformedProcedureStepDescription',
];

/** Places for a person's data, at the top of a file: keyword and how it is filled. */
const PERSONAL: readonly (readonly [string, (person: Person) => string])[] = [
  ['PatientName', ({ surname, given }) => `${surname}^${given}`],
  ['PatientBirthName', ({ surname }) => surname],
  ['OtherPatientIDs', ({ nationalNumber }) => nationalNumber],
  ['PatientAddress', ({ address }) => address],
  ['PatientTelephoneNumbers', ({ telephone }) => telephone],
  ['PatientMotherBirthName', ({ mother }) => mother],
  ['MilitaryRank', ({ surname }) => `Sgt ${surname}`],
  ['ReferringPhysicianName', ({ doctor }) => doctor],
  ['PerformingPhysicianName', ({ doctor }) => doctor],
  ['OperatorsName', ({ mother }) => mother],
  ['InstitutionName', ({ hospital }) => hospital],
  ['InstitutionAddress', ({ address }) => address],
  ['AccessionNumber', ({ accession }) => accession],
  ['AdmissionID', ({ nationalNumber }) => nationalNumber],
  ['RequestingService', ({ hospital }) => hospital],
];

/** What research lives on: geometry, technique, coding. Retained where the object has it. */
const CLINICAL = (
  'Modality Manufacturer Rows Columns BitsAllocated BitsStored HighBit PixelRepresentation SamplesPerPixel ' +
  'PhotometricInterpretation PixelSpacing ImagerPixelSpacing SliceThickness SpacingBetweenSlices ImageOrientationPatient ' +
  'ImagePositionPatient SliceLocation KVP Exposure XRayTubeCurrent ExposureTime RescaleSlope RescaleIntercept WindowCenter ' +
  'WindowWidth RepetitionTime EchoTime FlipAngle MagneticFieldStrength BodyPartExamined ViewPosition ImageLaterality ' +
  'Laterality PatientSex PatientPosition ImageType ConvolutionKernel ScanningSequence SequenceVariant ScanOptions ' +
  'MRAcquisitionType NumberOfFrames InstanceNumber SeriesNumber AcquisitionNumber CompressionForce BodyPartThickness ' +
  'OrganExposed FilterMaterial AnodeTargetMaterial BreastImplantPresent PatientOrientation'
)
  .split(' ')
  .map(tagOf);

interface Person {
  readonly id: string;
  readonly surname: string;
  readonly given: string;
  readonly mother: string;
  readonly doctor: string;
  readonly hospital: string;
  readonly address: string;
  readonly telephone: string;
  readonly nationalNumber: string;
  readonly accession: string;
  readonly birthDate: string;
}

/**
 * Objects with planted identifiers, without end: some built here, some made of the given files; a person has several of
 * them. Equal seeds give equal objects.
 * @param files real DICOM files, any modality
 */
export function* plantedObjects(seed: string, files: readonly Uint8Array[]): Generator<PlantedObject> {
  const random = new SeededRandom(seed);
  const people = Array.from({ length: 60 }, (_, index) => personOf(random, index));
  for (let number = 0; ; number += 1) {
    const person = people[number % people.length] ?? personOf(random, number);
    const file = files[number % (files.length + BUILT.length)];
    const source = file ?? builtObject(BUILT[number % BUILT.length] ?? 'DX', random, number);
    yield planted(source, person, { random, number, paint: file === undefined && random.uniform() < 0.6 });
  }
}

function personOf(random: SeededRandom, index: number): Person {
  const one = <T>(list: readonly T[]): T => list[Math.floor(random.uniform() * list.length)] as T;
  const digits = (count: number) => Array.from({ length: count }, () => Math.floor(random.uniform() * 10)).join('');
  return {
    id: `PT-${index}-${digits(6)}`,
    surname: one(SURNAMES),
    given: one(GIVEN),
    mother: one(SURNAMES),
    doctor: `${one(SURNAMES)}^${one(GIVEN)}`,
    hospital: one(HOSPITALS),
    address: `${one(SURNAMES)}straße ${digits(2)}, ${digits(5)}`,
    telephone: `+${digits(3)} ${digits(3)} ${digits(4)}`,
    nationalNumber: digits(11),
    accession: `A${digits(8)}`,
    birthDate: `19${digits(1)}${1 + Math.floor(random.uniform() * 9)}0${1 + Math.floor(random.uniform() * 9)}1${digits(1)}`,
  };
}

const CLASSES: Readonly<Record<string, readonly [modality: string, uid: string]>> = {
  DX: ['DX', '1.2.840.10008.5.1.4.1.1.1.1'],
  MG: ['MG', '1.2.840.10008.5.1.4.1.1.1.2'],
  CR: ['CR', '1.2.840.10008.5.1.4.1.1.1'],
  CT: ['CT', '1.2.840.10008.5.1.4.1.1.2'],
  MR: ['MR', '1.2.840.10008.5.1.4.1.1.4'],
  PT: ['PT', '1.2.840.10008.5.1.4.1.1.128'],
  SC: ['OT', '1.2.840.10008.5.1.4.1.1.7'],
};
const BUILT = Object.keys(CLASSES);

const SIDE = 96;

function builtObject(kind: string, random: SeededRandom, number: number): Uint8Array {
  const [modality = 'DX', uid = ''] = CLASSES[kind] ?? [];
  const values = Uint16Array.from({ length: SIDE * SIDE }, (_, at) => {
    const [row, column] = [Math.floor(at / SIDE), at % SIDE];
    return Math.round(600 + 12 * row + 4 * column + 20 * random.normal());
  });
  const attributes: Attributes = {
    SOPClassUID: uid,
    SOPInstanceUID: `1.3.6.1.4.1.99999.1.${number}`,
    Modality: modality,
    Manufacturer: 'Lumen Imaging',
    PatientSex: 'F',
    KVP: '28',
    SliceThickness: '1.25',
    PixelSpacing: '0.1\\0.1',
    InstanceNumber: String(number % 100),
    SeriesNumber: '3',
    RescaleSlope: '1',
    RescaleIntercept: '0',
    WindowCenter: '1200',
    WindowWidth: '2400',
    ImageType: 'ORIGINAL\\PRIMARY',
    AnatomicRegionSequence: [
      {
        CodeValue: '76752008',
        CodingSchemeDesignator: 'SCT',
        CodeMeaning: 'Breast',
        ReferencedSOPInstanceUID: '1.3.6.1.4.1.99999.8',
      },
    ],
  };
  return buildDicom(attributes, {
    rows: SIDE,
    columns: SIDE,
    values,
    bitsStored: 12,
    photometricInterpretation: 'MONOCHROME2',
  });
}

interface Planting {
  readonly random: SeededRandom;
  readonly number: number;
  readonly paint: boolean;
}

/** Puts a person into an object, and says what has to become of everything in it. */
function planted(source: Uint8Array, person: Person, { random, number, paint }: Planting): PlantedObject {
  const file = parseDicom(source);
  const { encoding } = file.dataset;
  const actions: DeidAction[] = [];
  const added: Element[] = [];
  const put = (keyword: string, value: string): number => {
    const tag = tagOf(keyword);
    const vr = attributeOf(tag)?.vr ?? 'LO';
    added.push(newElement(tag, vr, textValue(vr, value), encoding));
    return tag;
  };
  const one = <T>(list: readonly T[]): T => list[Math.floor(random.uniform() * list.length)] as T;

  put('SpecificCharacterSet', 'ISO_IR 192');
  put('PatientID', person.id);
  actions.push({ kind: 'patient id consistent', path: [tagOf('PatientID')], value: person.id });
  const gone = new Set([person.id]);
  for (const [keyword, fill] of PERSONAL) {
    put(keyword, fill(person));
    gone.add(fill(person));
  }
  for (const keyword of ['StudyDate', 'SeriesDate', 'AcquisitionDate', 'ContentDate']) {
    const value = `20${10 + (number % 14)}0${1 + (number % 9)}1${number % 10}`;
    actions.push({ kind: 'date shifted', path: [put(keyword, value)], value });
  }
  for (const keyword of ['StudyInstanceUID', 'SeriesInstanceUID', 'FrameOfReferenceUID']) {
    put(keyword, `1.3.6.1.4.1.99999.${keyword.length}.${number % 60}.${Math.floor(number / 180)}`);
  }
  put('BurnedInAnnotation', 'NO');
  put('RecognizableVisualFeatures', 'NO');

  for (const keyword of DESCRIPTIONS) {
    const phrase = one(PHRASES);
    const identifying = identifyingText(person, random);
    const path = [
      put(keyword, identifying === '' ? phrase : one([`${phrase} ${identifying}`, `${identifying} ${phrase}`])),
    ];
    actions.push({ kind: 'text retained', path, value: phrase });
    actions.push({ kind: 'text not null', path, value: phrase });
    if (identifying !== '') gone.add(identifying);
  }
  // A private block nobody vouches for.
  const creator = newElement(0x00090010, 'LO', textValue('LO', 'ROSENTAL RIS'), encoding);
  const note = newElement(0x00091001, 'LO', textValue('LO', `${person.surname} ${person.accession}`), encoding);

  const painting = paint ? paintedPixels(file.dataset, person.accession.replace(/\D/g, '')) : undefined;
  const dataset = withElements(file.dataset, [
    ...added,
    creator,
    note,
    ...(painting === undefined ? [] : [painting.pixels]),
  ]);
  for (const value of gone) actions.push({ kind: 'text removed', path: [], value });
  actions.push({ kind: 'text removed', path: [], value: 'ROSENTAL RIS' });
  actions.push(...retained(dataset), ...uidsOf(dataset, []));
  if (painting !== undefined) actions.push({ kind: 'pixels hidden', path: [TAGS.pixelData], value: '' });
  if (dataset.has(TAGS.pixelData)) actions.push({ kind: 'pixels retained', path: [TAGS.pixelData], value: '' });
  return {
    bytes: writeDicom({
      dataset,
      transferSyntaxUid: file.transferSyntaxUid,
      sopClassUid: dataset.text(TAGS.sopClassUid) ?? '',
      sopInstanceUid: dataset.text(TAGS.sopInstanceUid) ?? '',
    }),
    patientId: person.id,
    actions,
    painted: painting?.painted ?? new Set(),
  };
}

/** What somebody in a hurry types into a description. */
function identifyingText(person: Person, random: SeededRandom): string {
  const texts = [
    '',
    `${person.surname}, ${person.given}`,
    `${person.given} ${person.surname}`.toUpperCase(),
    `Dr. ${person.mother}`,
    `${person.doctor.replace('^', ' ')}`,
    person.id,
    person.accession,
    person.nationalNumber,
    person.telephone,
    `${person.given.toLowerCase()}@example.org`,
    `${person.birthDate.slice(6)}.${person.birthDate.slice(4, 6)}.${person.birthDate.slice(0, 4)}`,
    `${person.birthDate.slice(0, 4)}-${person.birthDate.slice(4, 6)}-${person.birthDate.slice(6)}`,
    person.hospital,
  ];
  return texts[Math.floor(random.uniform() * texts.length)] ?? '';
}

function retained(dataset: DataSet): readonly DeidAction[] {
  return CLINICAL.filter((tag) => (dataset.element(tag)?.value.length ?? 0) > 0).map((tag) => ({
    kind: 'tag retained',
    path: [tag],
    value: contentOf(dataset, tag),
  }));
}

/** The value of an element as text that can be compared. */
export function contentOf(dataset: DataSet, tag: number): string {
  const numbers = dataset.numbers(tag);
  return numbers.length > 0 ? numbers.join('\\') : dataset.strings(tag).join('\\');
}

/** Instance UIDs at every depth; those of the standard itself stay as they are and are no action. */
function uidsOf(dataset: DataSet, above: readonly number[]): readonly DeidAction[] {
  return dataset.elements.flatMap((element): readonly DeidAction[] => {
    // Private elements go whole.
    if (isPrivate(element.tag)) return [];
    const path = [...above, element.tag];
    const [first] = element.items ?? [];
    if (first !== undefined) return isSequenceKept(element.tag) ? uidsOf(first, path) : [];
    const value = element.vr === 'UI' ? (dataset.text(element.tag) ?? '') : '';
    if (value === '' || value.startsWith('1.2.840.10008.') || isDeviceUid(element.tag)) return [];
    return [
      { kind: 'uid changed', path, value },
      { kind: 'uid consistent', path, value },
    ];
  });
}

/** References between images: the links that a study lives on. */
function isSequenceKept(tag: number): boolean {
  return ['ReferencedImageSequence', 'SourceImageSequence', 'AnatomicRegionSequence'].map(tagOf).includes(tag);
}

function isDeviceUid(tag: number): boolean {
  return tag === tagOf('DeviceUID');
}

/** Digits of three by five pixels: rows from the top, the leftmost pixel the highest bit. */
const DIGITS = ['75557', '26227', '71747', '71717', '55711', '74717', '74757', '71122', '75757', '75717'];
const SCALE = 2;

/** The pixels of a plain 16-bit picture with a number written into its upper left corner. */
function paintedPixels(
  dataset: DataSet,
  text: string,
): { readonly pixels: Element; readonly painted: ReadonlySet<number> } | undefined {
  const element = dataset.element(TAGS.pixelData);
  const columns = dataset.number(TAGS.columns) ?? 0;
  const modality = dataset.text(tagOf('Modality')) ?? '';
  const searched = isPictureClass(dataset.text(TAGS.sopClassUid) ?? '') && !['CT', 'MR', 'PT', 'NM'].includes(modality);
  if (element === undefined || !searched || columns < 8 * text.length + 8) return undefined;
  const bytes = element.value.slice();
  const view = new DataView(bytes.buffer);
  const painted = new Set<number>();
  for (const [place, digit] of [...text].entries()) {
    for (const [row, bits] of [...(DIGITS[Number(digit)] ?? '')].entries()) {
      for (let column = 0; column < 3; column += 1) {
        if (((Number(bits) >> (2 - column)) & 1) === 0) continue;
        for (let dot = 0; dot < SCALE * SCALE; dot += 1) {
          const y = 6 + row * SCALE + Math.floor(dot / SCALE);
          const x = 6 + (place * 4 + column) * SCALE + (dot % SCALE);
          painted.add(y * columns + x);
          view.setUint16(2 * (y * columns + x), 4095, true);
        }
      }
    }
  }
  return { pixels: newElement(element.tag, element.vr, bytes, dataset.encoding), painted };
}
