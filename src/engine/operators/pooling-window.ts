/** Size of a pooling window, its step and the rim added around the picture, in pixels. */
export interface Pooling {
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
}
