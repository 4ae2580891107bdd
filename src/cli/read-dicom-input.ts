import { ERROR_TABLE, UnicaError } from '#base';
import type { DicomFile } from '#dicom';

/** The file as a data set; a file that is none is told with its path. @throws UnicaError `cli.unreadable` */
export async function readDicomInput(path: string, bytes: Uint8Array): Promise<DicomFile> {
  const { parseDicom } = await import('#dicom');
  try {
    return parseDicom(bytes);
  } catch (error) {
    if (!(error instanceof UnicaError)) throw error;
    const hint = ERROR_TABLE[error.code].mend;
    const problem = error.message.replace(hint, '').trim().replace(/\.$/, '');
    throw new UnicaError('cli.unreadable', { path, problem, hint }, { cause: error });
  }
}
