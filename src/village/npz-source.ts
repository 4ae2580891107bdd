import { readFile } from 'node:fs/promises';
import { SeededRandom, UnicaError } from '#base';
import { buildDicom } from '#dicom';
import { type MedMnistSplit, readMedMnist } from '#engine';
import type { ArchiveSource, HospitalFile, SourceFilm } from './archive-source.ts';
import { fictitiousPerson } from './fictitious-person.ts';
import { hospitalHeader } from './hospital-header.ts';

const SECONDARY_CAPTURE = '1.2.840.10008.5.1.4.1.1.7';
/** The finding of an image whose label is not 0. */
const FINDING = 'Opacity';

/**
 * Every image of a MedMNIST file as a DICOM secondary capture of an invented person; its test part is kept apart.
 * @throws UnicaError `engine.npz-corrupt`, `engine.npz-array-missing`, `village.npz-colour`.
 */
export async function npzSource(path: string, seed: number): Promise<ArchiveSource> {
  const { train, val, test } = readMedMnist(new Uint8Array(await readFile(path)));
  if (train.channels !== 1) throw new UnicaError('village.npz-colour', { path });
  const films: SourceFilm[] = [];
  for (const [part, split] of Object.entries({ train, val, test })) {
    for (let index = 0; index < split.count; index += 1) {
      const number = films.length;
      const positive = split.labels[index] !== 0;
      films.push({
        person: `person ${number}`,
        positive,
        findings: positive ? [FINDING] : [],
        ...(part === 'test' ? { place: 'held-out' as const } : {}),
        write: async () => secondaryCapture(split, { index, number, name: `${part}/${index}`, seed }),
      });
    }
  }
  return {
    films,
    oddities: [],
    says: `${films.length} images of a MedMNIST file, each given to an invented person; its test part is kept apart.`,
  };
}

function secondaryCapture(
  split: MedMnistSplit,
  image: { readonly index: number; readonly number: number; readonly name: string; readonly seed: number },
): HospitalFile {
  const random = new SeededRandom(`${image.seed}/npz/${image.name}`);
  const header = hospitalHeader(random, fictitiousPerson(random, { number: image.number }), image);
  const size = split.height * split.width;
  const bytes = buildDicom(
    {
      ...header,
      SOPClassUID: SECONDARY_CAPTURE,
      Modality: 'DX',
      ConversionType: 'WSD',
      BodyPartExamined: 'CHEST',
      BurnedInAnnotation: 'NO',
    },
    {
      rows: split.height,
      columns: split.width,
      values: split.images.slice(image.index * size, (image.index + 1) * size),
      bitsStored: 8,
      photometricInterpretation: 'MONOCHROME2',
    },
  );
  return { bytes, patientId: String(header['PatientID']), studyInstanceUid: String(header['StudyInstanceUID']) };
}
