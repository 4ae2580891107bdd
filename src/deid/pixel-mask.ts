/** A rectangle of a frame that was blacked out, or that a person should look at. Pixels from the upper left corner. */
export interface PixelMask {
  /** The first is 0. */
  readonly frame: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /**
   * `writing`: shapes of letters were found; `outside-regions`: beside the ultrasound regions that the device declares;
   * `equipment`: where devices of this kind write names; `person`: somebody who looked at the picture marked it.
   */
  readonly reason: 'writing' | 'outside-regions' | 'equipment' | 'person';
  /** 0 … 1; 1 where the rectangle was not found but known. */
  readonly confidence: number;
}
