import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Attributes, buildDicom } from './build-dicom.ts';
import { decodeSamples } from './decode-samples.ts';
import { toDisplayPicture } from './display-picture.ts';
import { parseDicom } from './parse-dicom.ts';

const HEADER = { SOPClassUID: '1.2.840.10008.5.1.4.1.1.7', SOPInstanceUID: '1.2.3' };

function shades(attributes: Attributes): readonly number[] {
  const { dataset, ...file } = parseDicom(buildDicom({ ...HEADER, PixelRepresentation: 0, ...attributes }));
  return [...toDisplayPicture(dataset, decodeSamples({ ...file, dataset })).shades];
}

const GREY = {
  ...{ SamplesPerPixel: 1, PhotometricInterpretation: 'MONOCHROME2', Rows: 1, Columns: 4 },
  ...{ BitsAllocated: 8, BitsStored: 8, HighBit: 7, PixelData: Uint8Array.of(0, 50, 100, 200) },
};
const words = (...values: readonly number[]) => new Uint8Array(Uint16Array.from(values).buffer);

/** [what, attributes, shades]; shades worked out by hand from the formulas of PS3.3 sections C.11.1 and C.11.2. */
const WINDOWS: readonly (readonly [string, Attributes, readonly number[]])[] = [
  ['LINEAR', { WindowCenter: 100.5, WindowWidth: 101 }, [0, 0, 128, 255]],
  // (x - 100) / 100 + 0.5
  ['LINEAR_EXACT', { WindowCenter: 100, WindowWidth: 100, VOILUTFunction: 'LINEAR_EXACT' }, [0, 0, 128, 255]],
  // 255 / (1 + exp(-4 (x - 100) / 100)): 4.59, 30.4, 127.5, 250.4
  ['SIGMOID', { WindowCenter: 100, WindowWidth: 100, VOILUTFunction: 'SIGMOID' }, [5, 30, 128, 250]],
  ['a width of one is a threshold', { WindowCenter: 100, WindowWidth: 1 }, [0, 0, 255, 255]],
  [
    'negative values across their range',
    {
      ...{ PixelRepresentation: 1, BitsAllocated: 16, BitsStored: 16, HighBit: 15 },
      PixelData: words(-100, 0, 100, 200),
    },
    [0, 85, 170, 255],
  ],
  [
    'the lowest white, also of values that no table holds',
    {
      ...{ PhotometricInterpretation: 'MONOCHROME1', BitsAllocated: 32, BitsStored: 32, HighBit: 31 },
      PixelData: new Uint8Array(Uint32Array.of(0, 100_000, 200_000, 300_000).buffer),
    },
    [255, 170, 85, 0],
  ],
  [
    'a modality table before the range',
    {
      ModalityLUTSequence: [
        { LUTDescriptor: [201, 0, 16], LUTData: words(...Array.from({ length: 201 }, (_, i) => 400 - 2 * i)) },
      ],
    },
    [255, 191, 128, 0],
  ],
  [
    'a VOI table goes before a window; what lies outside has its ends',
    { WindowCenter: 10, WindowWidth: 10, VOILUTSequence: [{ LUTDescriptor: [2, 50, 8], LUTData: words(51, 255) }] },
    [51, 51, 255, 255],
  ],
];
for (const [what, attributes, expected] of WINDOWS) {
  test(`grey: ${what}`, () => assert.deepEqual(shades({ ...GREY, ...attributes }), expected));
}

const COLOUR = {
  ...{ SamplesPerPixel: 3, Rows: 1, Columns: 2, BitsAllocated: 8, BitsStored: 8, HighBit: 7, PlanarConfiguration: 0 },
  PhotometricInterpretation: 'RGB',
};
const PALETTE = {
  ...{ ...GREY, PhotometricInterpretation: 'PALETTE COLOR', Columns: 2, PixelData: Uint8Array.of(1, 2) },
  ...{ RedPaletteColorLookupTableDescriptor: [3, 0, 16], GreenPaletteColorLookupTableDescriptor: [3, 0, 16] },
  BluePaletteColorLookupTableDescriptor: [3, 0, 16],
};
/** [what, attributes, red, green and blue of both pixels]. */
const COLOURS: readonly (readonly [string, Attributes, readonly number[]])[] = [
  ['RGB by pixel', { ...COLOUR, PixelData: Uint8Array.of(1, 2, 3, 4, 5, 6) }, [1, 2, 3, 4, 5, 6]],
  [
    'RGB by plane',
    { ...COLOUR, PlanarConfiguration: 1, PixelData: Uint8Array.of(1, 2, 3, 4, 5, 6) },
    [1, 3, 5, 2, 4, 6],
  ],
  [
    'YBR_FULL: red and grey',
    { ...COLOUR, PhotometricInterpretation: 'YBR_FULL', PixelData: Uint8Array.of(76, 85, 255, 99, 128, 128) },
    [254, 0, 0, 99, 99, 99],
  ],
  [
    'YBR_FULL_422: two luminances share their colours',
    { ...COLOUR, PhotometricInterpretation: 'YBR_FULL_422', PixelData: Uint8Array.of(10, 200, 128, 128) },
    [10, 10, 10, 200, 200, 200],
  ],
  [
    'YBR_PARTIAL: 16 is black, 235 is white',
    { ...COLOUR, PhotometricInterpretation: 'YBR_PARTIAL_422', PixelData: Uint8Array.of(16, 235, 128, 128) },
    [0, 0, 0, 255, 255, 255],
  ],
  [
    'a palette of 16 bits',
    {
      ...PALETTE,
      RedPaletteColorLookupTableData: words(0, 0x8000, 0xffff),
      GreenPaletteColorLookupTableData: words(0, 0x100, 0),
      BluePaletteColorLookupTableData: words(0, 0, 0xff00),
    },
    [128, 1, 0, 255, 0, 255],
  ],
  [
    'a palette in segments: discrete, linear, indirect (PS3.3 section C.7.9.2)',
    {
      ...PALETTE,
      SegmentedRedPaletteColorLookupTableData: words(0, 1, 0, 1, 2, 0xff00),
      SegmentedGreenPaletteColorLookupTableData: words(0, 3, 0x100, 0x200, 0x300),
      SegmentedBluePaletteColorLookupTableData: words(0, 1, 0xff00, 2, 1, 0, 0, 2, 1, 0, 0),
    },
    [127, 2, 255, 255, 3, 255],
  ],
];
for (const [what, attributes, expected] of COLOURS) {
  test(`colour: ${what}`, () => assert.deepEqual(shades(attributes), expected));
}

/** [what, attributes]. */
const REFUSED: readonly (readonly [string, Attributes])[] = [
  ['a palette that is missing', PALETTE],
  ['a table that is cut off', { ...PALETTE, RedPaletteColorLookupTableData: words(1) }],
  ['segments without end', { ...PALETTE, SegmentedRedPaletteColorLookupTableData: words(0, 0, 0, 0) }],
  ['colours of another kind', { ...COLOUR, PhotometricInterpretation: 'HSV', PixelData: new Uint8Array(6) }],
];
for (const [what, attributes] of REFUSED) {
  test(`refused: ${what}`, () => {
    assert.throws(() => shades(attributes), { name: 'UnicaError', code: 'dicom.pixels-unusable' });
  });
}
