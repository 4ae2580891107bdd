/** What a peer may use up, and how long it may take. */
export interface DimseLimits {
  /** The longest P-DATA-TF we let a peer send, without its 6-byte head; told to it in the negotiation. */
  readonly maxPduBytes: number;
  /** The longest data set of one object. */
  readonly maxDatasetBytes: number;
  /** ARTIM (PS3.8 section 9.1.5): until the association is agreed, and until the other side closes the connection. */
  readonly associationMs: number;
  /** Between two operations of an association. */
  readonly idleMs: number;
  /** Between two PDUs inside a message, and until the peer takes what we send. */
  readonly fragmentMs: number;
  /** All the waiting for the peer during one data set; our own slowness is not counted. */
  readonly datasetMs: number;
  /** Until an operation that we asked for is answered. */
  readonly responseMs: number;
}

export const DEFAULT_LIMITS: DimseLimits = {
  maxPduBytes: 131_072,
  maxDatasetBytes: 17_179_869_184,
  associationMs: 30_000,
  idleMs: 300_000,
  fragmentMs: 60_000,
  datasetMs: 3_600_000,
  responseMs: 600_000,
};
