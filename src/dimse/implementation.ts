/** Who we say we are in associations and file headers (PS3.7 annex D.3.3.2); the same as in files that `dicom` writes. */
export const IMPLEMENTATION = {
  classUid: '2.25.122961834570254803118250137203120187651',
  version: 'UNICA_01',
} as const;
