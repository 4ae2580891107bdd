import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { concatBytes, utf8 } from '#base';
import type { DataSet, Element, Encoding } from './data-set.ts';
import { type Editor, KEEP, type QuickEditor, REMOVE } from './edit.ts';
import { ElementSteps } from './element-steps.ts';
import { parseDicom } from './parse-dicom.ts';
import { editDataSet, writeDicom } from './rewrite-dicom.ts';
import { elementHeader, newElement } from './write-element.ts';

const EXPLICIT: Encoding = { explicit: true, littleEndian: true };
const IMPLICIT: Encoding = { explicit: false, littleEndian: true };
const NAMES = { sopClassUid: '1.2', sopInstanceUid: '1.3' };
const [CONTENT, CODE, MEANING] = [0x0040a730, 0x00080100, 0x00080104];
const VALUES = 1000;
const LEVELS = 28;

/** What stands before an item, and what ends items and sequences whose length is not told. */
function limit(element: number, length = 0): Uint8Array {
  const bytes = Uint8Array.of(0xfe, 0xff, element & 0xff, element >>> 8, 0, 0, 0, 0);
  new DataView(bytes.buffer).setUint32(4, length, true);
  return bytes;
}

/** A thousand values of which each second one is to go, and as many items around them as are asked for. */
const SHAPES: readonly (readonly [name: string, nested: (levels: number) => Uint8Array])[] = [
  ['sequences whose lengths are not told', (levels) => open(levels, 'SQ', EXPLICIT)],
  ['sequences of implicit representations in one written as unknown', (levels) => open(levels, 'UN', IMPLICIT)],
  ['unknown values of told length that are items', closed],
];

function values(encoding: Encoding): Uint8Array {
  const elements = Array.from({ length: VALUES / 2 }, (_, number) => [
    newElement(CODE, 'SH', utf8(`${number}`), encoding).raw,
    newElement(MEANING, 'LO', utf8('left'), encoding).raw,
  ]);
  // Each pair in an item of its own: tags rise.
  const items = elements.map((pair) => concatBytes([limit(0xe000, 0xffffffff), ...pair, limit(0xe00d)]));
  return concatBytes([elementHeader({ tag: CONTENT, vr: 'SQ' }, encoding), ...items, limit(0xe0dd)]);
}

function open(levels: number, outermost: string, encoding: Encoding): Uint8Array {
  let bytes = values(encoding);
  for (let level = levels; level > 0; level -= 1) {
    const vr = level === 1 ? outermost : 'SQ';
    const header = elementHeader({ tag: CONTENT, vr }, level === 1 ? EXPLICIT : encoding);
    bytes = concatBytes([header, limit(0xe000, 0xffffffff), bytes, limit(0xe00d), limit(0xe0dd)]);
  }
  return bytes;
}

function closed(levels: number): Uint8Array {
  let bytes = values(IMPLICIT);
  for (let level = levels; level > 0; level -= 1) {
    const length = bytes.length + 8;
    const header = elementHeader({ tag: 0x00411001, vr: 'UN', length }, level === 1 ? EXPLICIT : IMPLICIT);
    bytes = concatBytes([header, limit(0xe000, bytes.length), bytes]);
  }
  return bytes;
}

const edit: Editor = ({ tag }) => (tag === MEANING ? REMOVE : KEEP);
const quick: QuickEditor = {
  sequence: () => KEEP,
  value: (tag) => (tag === MEANING ? REMOVE : KEEP),
};

function fileOf(nested: Uint8Array): DataSet {
  const head = newElement(0x00080016, 'UI', utf8('1.2'), EXPLICIT).raw;
  return parseDicom(concatBytes([head, nested])).dataset;
}

/** Elements stepped over while a data set is edited and written. */
function stepsOf(context: TestContext, nested: Uint8Array): { readonly steps: number; readonly written: Uint8Array } {
  const over = context.mock.method(ElementSteps.prototype, 'over');
  const dataset = editDataSet(fileOf(nested), edit, quick);
  const written = writeDicom({ dataset, transferSyntaxUid: '1.2.840.10008.1.2.1', ...NAMES });
  const steps = over.mock.callCount();
  over.mock.restore();
  return { steps, written };
}

for (const [name, nested] of SHAPES) {
  test(`steps: ${name} are not stepped over once more for every level above them`, (context) => {
    const flat = stepsOf(context, nested(1));
    const deep = stepsOf(context, nested(LEVELS));
    assert.ok(flat.steps >= VALUES, 'all of them were looked at');
    assert.ok(deep.steps < 1.5 * flat.steps, `${deep.steps} steps where ${flat.steps} are taken without levels`);
  });

  test(`steps: ${name} are written as when the editor looks at each element`, (context) => {
    const { written } = stepsOf(context, nested(LEVELS));
    const thorough = editDataSet(fileOf(nested(LEVELS)), edit);
    const leaves = (level: DataSet): readonly Element[] =>
      level.elements.flatMap((element) => (element.items === undefined ? [element] : element.items.flatMap(leaves)));
    const tags = (level: DataSet) => leaves(level).map(({ tag }) => tag);
    assert.equal(tags(thorough).filter((tag) => tag === CODE).length, VALUES / 2);
    assert.deepEqual(tags(parseDicom(written).dataset), tags(thorough));
    assert.deepEqual(written, writeDicom({ dataset: thorough, transferSyntaxUid: '1.2.840.10008.1.2.1', ...NAMES }));
  });
}

test('steps: an unknown value that only begins as items do is a value, each time it is looked at', () => {
  const value = concatBytes([limit(0xe000, 4000), new Uint8Array(600).fill(0x41)]);
  const header = elementHeader({ tag: 0x00411001, vr: 'UN', length: value.length }, EXPLICIT);
  const items = concatBytes([limit(0xe000, 0xffffffff), header, value, limit(0xe00d)]);
  const nested = concatBytes([elementHeader({ tag: CONTENT, vr: 'SQ' }, EXPLICIT), items, limit(0xe0dd)]);
  const dataset = fileOf(nested);
  for (let time = 0; time < 2; time += 1) {
    const [item] = dataset.items(CONTENT);
    assert.deepEqual(item?.element(0x00411001)?.value, value);
  }
  assert.equal(
    editDataSet(dataset, () => KEEP, quick),
    dataset,
  );
});

test('steps: of many short unknown values that are items none is remembered', () => {
  const item = concatBytes([limit(0xe000, 10), newElement(CODE, 'SH', utf8('1 '), IMPLICIT).raw]);
  const header = elementHeader({ tag: 0x00411001, vr: 'UN', length: item.length }, EXPLICIT);
  const bytes = concatBytes(Array.from({ length: VALUES }, () => concatBytes([header, item])));
  const steps = new ElementSteps(bytes, 0);
  assert.equal(steps.overElements(0, bytes.length, EXPLICIT, 0, false), bytes.length);
  assert.equal(steps.shape, 'implicit-items');
  assert.equal(steps.ends.size, 0);
});
