import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UnicaError } from '#base';
import { type Attributes, buildDicom, parseDicom } from '#dicom';
import { knownRectangles } from './known-regions.ts';
import { readRegionRules } from './read-region-rules.ts';

const LIST = `# our devices
Philips | iU22 | us | 768 x * | 0,0,*,70 10,-20,30,20   # banner and footer
EXAMPLE | * | SC | * × 1024 | -100,0,*,*
`;

test('region rules: what a list says', () => {
  assert.deepEqual(readRegionRules(LIST.replaceAll('\n', '\r\n')), [
    {
      manufacturer: 'PHILIPS',
      model: 'IU22',
      modality: 'US',
      rows: 768,
      black: [
        [0, 0, 65535, 70],
        [10, -20, 30, 20],
      ],
    },
    { manufacturer: 'EXAMPLE', model: '', modality: 'SC', columns: 1024, black: [[-100, 0, 65535, 65535]] },
  ]);
  assert.deepEqual(readRegionRules('\ufeff\n# nothing\n'), []);
});

test('region rules: rectangles in pictures of the devices, cut at the edges', () => {
  const rules = readRegionRules(LIST);
  const rectangles = (attributes: Attributes) =>
    knownRectangles(
      parseDicom(buildDicom({ SOPClassUID: '1.2.3', SOPInstanceUID: '1.2.4', ...attributes })).dataset,
      rules,
    ).map(({ x, y, width, height }) => [x, y, width, height]);
  const philips = { Manufacturer: 'Philips Medical', ManufacturerModelName: 'iU22 G4', Modality: 'US' };
  assert.deepEqual(rectangles({ ...philips, Rows: [768], Columns: [1024] }), [
    [0, 0, 1024, 70],
    [10, 748, 30, 20],
  ]);
  assert.deepEqual(rectangles({ ...philips, Rows: [600], Columns: [1024] }), []);
  const captured = { Manufacturer: 'Example', Modality: 'SC' };
  assert.deepEqual(rectangles({ ...captured, Rows: [77], Columns: [1024] }), [[924, 0, 100, 77]]);
  assert.deepEqual(rectangles({ ...captured, Rows: [77], Columns: [512] }), []);
});

const BAD: readonly (readonly [string, RegExp])[] = [
  ['PHILIPS | IU22 | US | 768 x 1024', /Line 1 .*4 parts/],
  ['\n| IU22 | US | 768 x * | 0,0,*,70', /Line 2 .*no maker/],
  ['* | IU22 | US | 768 x * | 0,0,*,70', /no maker/],
  ['PHILIPS | | US | 768 x * | 0,0,*,70', /no model/],
  ['PHILIPS | IU22 | ultra sound | 768 x * | 0,0,*,70', /no modality/],
  ['PHILIPS | IU22 | US | 768 | 0,0,*,70', /no size/],
  ['PHILIPS | IU22 | US | 0 x 10 | 0,0,*,70', /no size/],
  ['PHILIPS | IU22 | US | 768 x * | ', /no rectangle/],
  ['PHILIPS | IU22 | US | 768 x * | 0, 0, *, 70', /x,y,width,height/],
  ['PHILIPS | IU22 | US | 768 x * | 0,0,0,70', /x,y,width,height/],
  ['PHILIPS | IU22 | US | 768 x * | *,0,10,70', /x,y,width,height/],
];
for (const [text, expected] of BAD) {
  test(`region rules: ${expected.source} is told`, () => {
    assert.throws(
      () => readRegionRules(text),
      (error) => error instanceof UnicaError && error.code === 'deid.unusable-regions' && expected.test(error.message),
    );
  });
}
