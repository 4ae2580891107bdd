import { UnicaError } from '#base';
import { type RemoteSystem, secureRequest } from '#dimse';
import type { NodeConfig } from './config.ts';
import type { DicomAddress } from './dicom-address.ts';
import { readDicomIdentity } from './dicom-identity.ts';
import { receptionLimits } from './dicom-receiver.ts';

/** The system as it is reached. @throws UnicaError `config.invalid`, `dimse.certificate-unusable`. */
export async function remoteOf(
  config: NodeConfig,
  { aeTitle, host, port, isEncrypted }: DicomAddress,
): Promise<RemoteSystem> {
  const remote = { aeTitle, host, port, callingAeTitle: config.dicomAeTitle, limits: receptionLimits(config) };
  if (isEncrypted !== true) return remote;
  const { dicomTls } = config;
  if (dicomTls === undefined) {
    const problem = 'an encrypted connection needs it, dicomTlsKey and dicomTlsAuthorities';
    throw new UnicaError('config.invalid', { key: 'dicomTlsCertificate', problem });
  }
  const identity = await readDicomIdentity(dicomTls);
  return { ...remote, tls: secureRequest(identity, { names: dicomTls.names, nowMs: Date.now() }) };
}
