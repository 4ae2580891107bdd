import { isIP } from 'node:net';
import { UnicaError } from '#base';
import type { AllowedPeer, AllowedReader } from '#dimse';
import type { DicomAddress } from './dicom-address.ts';

/** Who may send: those of a list, or whoever can reach the port. */
export type DicomSenders =
  | { readonly kind: 'listed'; readonly peers: readonly AllowedPeer[] }
  | { readonly kind: 'anyone' };

/** How DICOM systems reach the node. */
export interface ReceiverSettings {
  readonly host: string;
  /** 0 takes any free port; absent where only encrypted connections are taken. */
  readonly port?: number;
  /** For encrypted connections; 0 takes any free port. */
  readonly securePort?: number;
  readonly senders: DicomSenders;
  /** Who may query and retrieve; nobody unless listed. */
  readonly readers: readonly AllowedReader[];
  /** Where C-MOVE may send to. */
  readonly destinations: readonly DicomAddress[];
}

/** The files with which the node proves who it is on encrypted DICOM connections, and whom it trusts. */
export interface DicomTlsSettings {
  readonly certificatePath: string;
  readonly keyPath: string;
  readonly authoritiesPath: string;
  /** Whether a client has to show a certificate of one of the authorities. */
  readonly clients: 'certificate' | 'anyone';
  /** Whether the certificate of a system that we ask has to name its host. */
  readonly names: 'host' | 'any';
}

/** All three files or none. @throws UnicaError `config.invalid` */
export function dicomTls(flat: {
  readonly dicomTlsCertificate: string | undefined;
  readonly dicomTlsKey: string | undefined;
  readonly dicomTlsAuthorities: string | undefined;
  readonly dicomTlsClients: DicomTlsSettings['clients'];
  readonly dicomTlsNames: DicomTlsSettings['names'];
}): DicomTlsSettings | undefined {
  const { dicomTlsCertificate, dicomTlsKey, dicomTlsAuthorities, dicomTlsClients, dicomTlsNames } = flat;
  if ([dicomTlsCertificate, dicomTlsKey, dicomTlsAuthorities].every((path) => path === undefined)) return undefined;
  const needed = (key: string, path: string | undefined): string => {
    if (path !== undefined) return path;
    const problem = 'encrypted connections need all of dicomTlsCertificate, dicomTlsKey and dicomTlsAuthorities';
    throw new UnicaError('config.invalid', { key, problem });
  };
  return Object.freeze({
    certificatePath: needed('dicomTlsCertificate', dicomTlsCertificate),
    keyPath: needed('dicomTlsKey', dicomTlsKey),
    authoritiesPath: needed('dicomTlsAuthorities', dicomTlsAuthorities),
    clients: dicomTlsClients,
    names: dicomTlsNames,
  });
}

/** An AE title (PS3.5 table 6.2-1), but for the comma and the `@` that mean something in a list of them. */
export const LISTED_AE_TITLE = /^(?! *$)[\x20-\x2b\x2d-\x3f\x41-\x5b\x5d-\x7e]{1,16}$/;

/**
 * Reads `ORTHANC@192.0.2.7,CT1` or `any`. Receiving from anyone has to be said; it is never what a forgotten setting means.
 * @throws UnicaError `config.invalid`
 */
export function dicomSenders(text: string | undefined): DicomSenders {
  if (text?.trim() === 'any') return { kind: 'anyone' };
  const peers = entriesOf(text).map((entry) => peerOf(entry));
  if (peers.length > 0) return { kind: 'listed', peers };
  throw unusable('it does not say who may send; list them as ORTHANC@192.0.2.7,CT1 or write any');
}

/**
 * Reads `VIEWER@192.0.2.9,PACS@192.0.2.7`: each with its address, since an AE title proves nothing.
 * @throws UnicaError `config.invalid`
 */
export function dicomReaders(text: string | undefined): readonly AllowedReader[] {
  return entriesOf(text).map((entry) => {
    const { aeTitle, addresses } = peerOf(entry, 'dicomReaders');
    if (addresses !== undefined) return { aeTitle, addresses };
    throw unusable(`${aeTitle} has no address; who may read is written as VIEWER@192.0.2.9`, 'dicomReaders');
  });
}

/**
 * Reads `PACS@192.0.2.7:104,PACS2@pacs2.example:2762/tls`.
 * @throws UnicaError `config.invalid`
 */
export function dicomDestinations(text: string | undefined, key = 'dicomDestinations'): readonly DicomAddress[] {
  return entriesOf(text).map((entry) => {
    const [, aeTitle = '', host = '', port = '', tls] =
      /^([^@]+)@(\[[0-9a-fA-F:.]+\]|[\w.-]+):(\d{1,5})(\/tls)?$/.exec(entry) ?? [];
    if (!LISTED_AE_TITLE.test(aeTitle.trim()) || Number(port) < 1 || Number(port) > 65_535) {
      throw unusable('an entry is not of the form PACS@192.0.2.7:104 or PACS@pacs.example:2762/tls', key);
    }
    const plainHost = host.replace(/^\[|\]$/g, '');
    return { aeTitle: aeTitle.trim(), host: plainHost, port: Number(port), isEncrypted: tls !== undefined };
  });
}

function entriesOf(text: string | undefined): readonly string[] {
  return (text ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

function peerOf(entry: string, key = 'dicomPeers'): AllowedPeer {
  const [title = '', address, more] = entry.split('@');
  const aeTitle = title.trim();
  if (!LISTED_AE_TITLE.test(aeTitle) || more !== undefined) {
    throw unusable('an entry is not an AE title, or an AE title, @ and an IP address', key);
  }
  if (address === undefined) return { aeTitle };
  if (isIP(address) === 0) throw unusable(`what follows the @ of ${aeTitle} is not an IP address`, key);
  return { aeTitle, addresses: [address] };
}

function unusable(problem: string, key = 'dicomPeers'): UnicaError {
  return new UnicaError('config.invalid', { key, problem });
}
