/** A DICOM system that is asked, as an operator names it. */
export interface DicomAddress {
  readonly aeTitle: string;
  readonly host: string;
  readonly port: number;
  /** Over an encrypted connection, with the certificates of the settings. */
  readonly isEncrypted?: boolean | undefined;
}
