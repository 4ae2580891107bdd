import { readFile } from 'node:fs/promises';
import { UnicaError } from '#base';
import type { SecureIdentity } from '#dimse';
import type { DicomTlsSettings } from './dicom-settings.ts';

/** Reads the files for encrypted connections. @throws UnicaError `dimse.certificate-unusable` naming which. */
export async function readDicomIdentity(settings: DicomTlsSettings): Promise<SecureIdentity> {
  const text = async (what: string, path: string): Promise<string> =>
    await readFile(path, 'utf8').catch((cause: unknown) => {
      const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown reason';
      const problem = code === 'ENOENT' ? 'there is no such file' : code;
      throw new UnicaError('dimse.certificate-unusable', { what, problem }, { cause });
    });
  return {
    certificate: await text('certificate', settings.certificatePath),
    key: await text('key', settings.keyPath),
    authorities: await text('list of authorities', settings.authoritiesPath),
  };
}
