import { UnicaError } from '#base';
import { bad, examineCertificate, examinePort, good, skipped, systemCode } from '#checkup';
import type { Finding } from '#wire';
import type { NodeConfig } from './config.ts';
import type { DicomAddress } from './dicom-address.ts';
import { readDicomIdentity } from './dicom-identity.ts';
import { dicomEcho } from './pull-studies.ts';

const ECHO_LIMIT_MS = 10_000;

/** Looks at how the node receives DICOM images, at its certificate for that, and at the systems that it sends to (C-ECHO). */
export async function examineDicom(
  config: NodeConfig,
  {
    isRunning,
    pacs,
    nowMs,
  }: { readonly isRunning: boolean; readonly pacs: readonly DicomAddress[]; readonly nowMs: number },
): Promise<readonly Finding[]> {
  const peers = [...(config.dicomReceiver?.destinations ?? []), ...pacs];
  return [
    await examineListener(config, isRunning),
    ...(config.dicomTls === undefined ? [] : [await examineOwnCertificate(config, nowMs)]),
    ...(await Promise.all(peers.map(async (peer) => await examinePeer(config, peer)))),
  ];
}

async function examineListener(config: NodeConfig, isRunning: boolean): Promise<Finding> {
  const port = config.dicomReceiver?.port;
  if (config.dicomReceiver === undefined || port === undefined)
    return skipped('dicom-listener', 'No DICOM images are received (UNICA_DICOM_PORT is not set).');
  const host = ownHost(config.dicomReceiver.host);
  if (!isRunning) return await examinePort('dicom-listener', { host, port });
  if (port === 0) return skipped('dicom-listener', 'It receives on a port that it chose when it started.');
  try {
    await dicomEcho(config, { aeTitle: config.dicomAeTitle, host, port }, AbortSignal.timeout(ECHO_LIMIT_MS));
    return good('dicom-listener', `${config.dicomAeTitle} answers C-ECHO on port ${port}.`);
  } catch (error) {
    if (error instanceof UnicaError && error.code === 'dimse.rejected')
      return good(
        'dicom-listener',
        `${config.dicomAeTitle} listens on port ${port}, and takes only those who are listed.`,
      );
    const reason = error instanceof UnicaError ? error.code : systemCode(error);
    return bad('dicom-listener', new UnicaError('checkup.listener-silent', { port, reason }, { cause: error }));
  }
}

/** Where this machine reaches itself. */
function ownHost(host: string): string {
  return host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
}

async function examineOwnCertificate(config: NodeConfig, nowMs: number): Promise<Finding> {
  const { dicomTls } = config;
  if (dicomTls === undefined) return skipped('dicom-certificate', 'No encrypted DICOM connections.');
  try {
    const { certificate } = await readDicomIdentity(dicomTls);
    return examineCertificate('dicom-certificate', certificate, 'this node for DICOM', nowMs);
  } catch (error) {
    return bad('dicom-certificate', error);
  }
}

async function examinePeer(config: NodeConfig, peer: DicomAddress): Promise<Finding> {
  const where = `${peer.aeTitle} (${peer.host}, port ${peer.port})`;
  try {
    await dicomEcho(config, peer, AbortSignal.timeout(ECHO_LIMIT_MS));
    return good('dicom-peer', `${where} answers C-ECHO.`);
  } catch (error) {
    const limitMs = ECHO_LIMIT_MS;
    return bad(
      'dicom-peer',
      error instanceof UnicaError
        ? error
        : new UnicaError('dimse.timeout', { peer: where, limitMs, waitingFor: 'C-ECHO' }, { cause: error }),
      {},
      'it',
    );
  }
}
