/** Tags the readers and writers of this room name; everything else goes by the dictionary. */
export const TAGS = {
  transferSyntaxUid: 0x00020010,
  sopClassUid: 0x00080016,
  sopInstanceUid: 0x00080018,
  specificCharacterSet: 0x00080005,
  samplesPerPixel: 0x00280002,
  photometricInterpretation: 0x00280004,
  numberOfFrames: 0x00280008,
  rows: 0x00280010,
  columns: 0x00280011,
  bitsAllocated: 0x00280100,
  bitsStored: 0x00280101,
  pixelRepresentation: 0x00280103,
  windowCenter: 0x00281050,
  windowWidth: 0x00281051,
  rescaleIntercept: 0x00281052,
  rescaleSlope: 0x00281053,
  floatPixelData: 0x7fe00008,
  doubleFloatPixelData: 0x7fe00009,
  pixelData: 0x7fe00010,
  item: 0xfffee000,
  itemEnd: 0xfffee00d,
  sequenceEnd: 0xfffee0dd,
} as const;

/** True of PixelData and its floating-point siblings. */
export function isPixelTag(tag: number): boolean {
  return tag === TAGS.pixelData || tag === TAGS.floatPixelData || tag === TAGS.doubleFloatPixelData;
}
