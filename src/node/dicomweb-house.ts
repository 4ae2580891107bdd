import type { Journal } from '#audit';
import type { Clock } from '#base';
import type { BlobReader, BlobStore } from '#store';
import type { DicomIndex } from './dicom-index.ts';
import type { DrawnPictures } from './drawn-pictures.ts';
import type { Importer } from './importer.ts';
import type { PictureDesk } from './picture-desk.ts';

/** What the routes of `/dicom-web` work with. */
export interface DicomwebHouse {
  readonly index: DicomIndex;
  readonly blobs: BlobStore & BlobReader;
  /** Pseudonyms whose images are shown to nobody. */
  hidden(): Promise<readonly string[]>;
  readonly importer: Importer;
  readonly desk: PictureDesk;
  readonly pictures: DrawnPictures;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly newId: (prefix: string) => string;
  /** The folder in which bodies wait to be de-identified; only the node's own user can read it. */
  readonly incomingPath: string;
  /** As people type it; absent where requests tell. */
  readonly publicUrl: string | undefined;
  /** The port it listens on. */
  port(): number;
  /** True while images of before the index are being brought into it. */
  indexIsFilling(): boolean;
}

/**
 * Addresses in answers begin with this: the node's public address, or the one the request was sent to. Some programs
 * leave the port out of the Host header; without a public address there is no proxy, so it is the node's own.
 */
export function dicomwebUrl(house: DicomwebHouse, host: string | readonly string[] | undefined): string {
  if (house.publicUrl !== undefined) return `${house.publicUrl}/dicom-web`;
  const text = typeof host === 'string' ? host : '';
  const [, name = 'localhost', port] = /^([\w.-]{1,253}|\[[0-9a-fA-F:.]{2,45}\])(?::(\d{1,5}))?$/.exec(text) ?? [];
  return `http://${name}:${port ?? house.port()}/dicom-web`;
}

/** Address of a study, series or image. */
export function resourceUrl(
  base: string,
  at: { readonly studyInstanceUid: string; readonly seriesInstanceUid?: string; readonly sopInstanceUid?: string },
): string {
  return [
    `${base}/studies/${at.studyInstanceUid}`,
    ...(at.seriesInstanceUid === undefined ? [] : [`series/${at.seriesInstanceUid}`]),
    ...(at.sopInstanceUid === undefined ? [] : [`instances/${at.sopInstanceUid}`]),
  ].join('/');
}
