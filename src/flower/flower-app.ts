/** An application bundle as `flwr build` makes it. */
export interface FlowerApp {
  readonly fabId: string;
  readonly fabVersion: string;
  readonly content: Uint8Array;
}
