import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DataSet, type DicomFile, decodeFrame, parseDicom } from '#dicom';
import { PlantedPixels } from './planted-pixels.ts';
import { PlantedText } from './planted-text.ts';
import type { Planted } from './wire-audit.ts';

/** Elements that say who a person is, when, where and by whom they were seen. */
const IDENTIFYING: Readonly<Record<number, string>> = {
  0x00080014: 'InstanceCreatorUID',
  0x00080018: 'SOPInstanceUID',
  0x00080050: 'AccessionNumber',
  0x00080080: 'InstitutionName',
  0x00080081: 'InstitutionAddress',
  0x00081010: 'StationName',
  0x00100020: 'PatientID',
  0x00100030: 'PatientBirthDate',
  0x00101000: 'OtherPatientIDs',
  0x00101040: 'PatientAddress',
  0x00102154: 'PatientTelephoneNumbers',
  0x00104000: 'PatientComments',
  0x00181000: 'DeviceSerialNumber',
  0x0020000d: 'StudyInstanceUID',
  0x0020000e: 'SeriesInstanceUID',
  0x00200052: 'FrameOfReferenceUID',
};

const PRIVATE_TEXT: ReadonlySet<string> = new Set(['LO', 'SH', 'PN', 'LT', 'ST', 'UT', 'UI']);

/** Everything in the archives that must never be on the wire: what the files say about people, and their pixels. */
export async function plantedIn(archives: readonly { readonly path: string }[]): Promise<Planted> {
  const planted = { text: new PlantedText(), pixels: new PlantedPixels() };
  for (const { path } of archives) {
    for (const name of (await readdir(path)).sort()) {
      const bytes = new Uint8Array(await readFile(join(path, name)));
      const file = readable(bytes);
      if (file === undefined) continue;
      addText(file.dataset, planted.text);
      addPixels(file, planted.pixels);
    }
  }
  return planted;
}

/** Nothing for a file that is no DICOM file: it has no elements that could be looked for. */
function readable(bytes: Uint8Array): DicomFile | undefined {
  try {
    return parseDicom(bytes);
  } catch {
    return undefined;
  }
}

function addText(dataset: DataSet, text: PlantedText): void {
  for (const { tag, vr, items } of dataset.elements) {
    for (const item of items ?? []) addText(item, text);
    const what = nameOf(tag, vr);
    if (what === undefined) continue;
    for (const value of dataset.strings(tag)) {
      text.add(what, value);
      // A family name alone says as much as the whole name.
      const [family] = value.split('^');
      if (vr === 'PN' && family !== undefined) text.add(what, family);
    }
  }
}

function nameOf(tag: number, vr: string): string | undefined {
  if (tag in IDENTIFYING) return IDENTIFYING[tag];
  if (vr === 'PN') return tag === 0x00100010 ? 'PatientName' : 'name of a person';
  const isPrivate = ((tag >>> 16) & 1) === 1;
  // Elements below 0x0100 of a private group name its maker, which is no secret.
  return isPrivate && (tag & 0xffff) >= 0x0100 && PRIVATE_TEXT.has(vr) ? 'private element' : undefined;
}

function addPixels(file: DicomFile, pixels: PlantedPixels): void {
  try {
    const { rows, columns, values, bitsStored } = decodeFrame(file);
    pixels.add({ rows, columns, values, bits: bitsStored });
  } catch {
    // Pixels of an encoding that is not read here are searched for as they stand in the file.
    for (const bytes of file.dataset.element(0x7fe00010)?.fragments ?? []) {
      if (bytes.length > 0) pixels.add({ rows: 1, columns: bytes.length, values: bytes, bits: 8 });
    }
  }
}
