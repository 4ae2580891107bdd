import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concatBytes, utf8 } from '#base';
import { tagOf } from '#vocab';
import { buildDicom } from './build-dicom.ts';
import { DataSet, type Encoding } from './data-set.ts';
import { KEEP, REMOVE } from './edit.ts';
import { TRANSFER_SYNTAX } from './file-head.ts';
import { parseDicom } from './parse-dicom.ts';
import { editDataSet, withElements, writeDicom } from './rewrite-dicom.ts';
import { newElement, newSequence, textValue } from './write-element.ts';

const ENCODINGS: readonly (readonly [string, Encoding, string])[] = [
  ['explicit little endian', { explicit: true, littleEndian: true }, TRANSFER_SYNTAX.explicitLittle],
  ['implicit little endian', { explicit: false, littleEndian: true }, TRANSFER_SYNTAX.implicitLittle],
  ['explicit big endian', { explicit: true, littleEndian: false }, TRANSFER_SYNTAX.explicitBig],
  ['deflated', { explicit: true, littleEndian: true }, TRANSFER_SYNTAX.deflatedLittle],
];

const COMMENT = tagOf('ImageComments');
const REGION = tagOf('AnatomicRegionSequence');
const MEANING = tagOf('CodeMeaning');
const META = { sopClassUid: '1.2.840.10008.5.1.4.1.1.1.1', sopInstanceUid: '1.2.3' };

for (const [name, encoding, transferSyntaxUid] of ENCODINGS) {
  test(`remove, replace, empty and insert in ${name}`, () => {
    const text = (tag: number, vr: string, value: string) => newElement(tag, vr, textValue(vr, value), encoding);
    const item = new DataSet([text(MEANING, 'LO', 'Chest'), text(tagOf('CodingSchemeVersion'), 'LO', 'x')], encoding);
    const inner = newSequence(tagOf('AnatomicRegionModifierSequence'), 'SQ', [item], encoding);
    const original = new DataSet(
      [
        text(tagOf('Modality'), 'CS', 'DX'),
        newSequence(REGION, 'SQ', [new DataSet([inner], encoding)], encoding),
        newSequence(tagOf('ViewCodeSequence'), 'SQ', [item], encoding),
        text(COMMENT, 'LT', 'gone'),
      ],
      encoding,
    );
    const file = parseDicom(writeDicom({ dataset: original, transferSyntaxUid, ...META }));
    const edited = editDataSet(file.dataset, ({ tag }, _level, depth) => {
      if (tag === COMMENT) return REMOVE;
      if (tag === MEANING) return { kind: 'replace', value: textValue('LO', depth === 2 ? 'Thorax' : 'side') };
      return tag === tagOf('ViewCodeSequence') ? { kind: 'empty-sequence' } : KEEP;
    });
    const added = withElements(edited, [text(tagOf('PatientID'), 'LO', 'P-1'), text(tagOf('Modality'), 'CS', 'CR')]);
    const { dataset, ...rest } = parseDicom(writeDicom({ dataset: added, transferSyntaxUid, ...META }));
    assert.equal(rest.transferSyntaxUid, transferSyntaxUid);
    assert.deepEqual(
      dataset.elements.map(({ tag }) => tag),
      [tagOf('Modality'), REGION, tagOf('PatientID'), tagOf('ViewCodeSequence')].sort((a, b) => a - b),
    );
    assert.equal(dataset.text(tagOf('Modality')), 'CR');
    assert.equal(dataset.items(tagOf('ViewCodeSequence')).length, 0);
    const [deep] = dataset.items(REGION)[0]?.items(tagOf('AnatomicRegionModifierSequence')) ?? [];
    assert.equal(deep?.text(MEANING), 'Thorax');
    assert.equal(deep?.text(tagOf('CodingSchemeVersion')), 'x');
  });
}

test('a value too long for its representation is written as UN and read back whole', () => {
  const encoding: Encoding = { explicit: true, littleEndian: true };
  const uids = Array.from({ length: 3000 }, (_, index) => `2.25.${10n ** 25n + BigInt(index)}`).join('\\');
  const element = newElement(tagOf('SelectorUIValue'), 'UI', utf8(uids), encoding);
  const after = newElement(0x7fe00010, 'OB', Uint8Array.of(1, 2), encoding);
  const dataset = new DataSet([element, after], encoding);
  const again = parseDicom(writeDicom({ dataset, transferSyntaxUid: TRANSFER_SYNTAX.explicitLittle, ...META })).dataset;
  assert.equal(again.elements.length, 2);
  assert.equal(again.element(tagOf('SelectorUIValue'))?.vr, 'UN');
  assert.equal(again.strings(tagOf('SelectorUIValue')).length, 3000);
});

test('the meta header is written anew: preamble of zeros, length, class and instance', () => {
  const bytes = buildDicom({ SOPClassUID: META.sopClassUid, SOPInstanceUID: '1.2.3.4' });
  assert.ok(bytes.subarray(0, 128).every((byte) => byte === 0));
  const { meta } = parseDicom(bytes);
  const length = meta.elements.slice(1).reduce((sum, element) => sum + element.raw.length, 0);
  assert.equal(meta.number(0x00020000), length);
  assert.equal(meta.text(0x00020002), META.sopClassUid);
  assert.equal(meta.text(0x00020003), '1.2.3.4');
});

test('a file without class or instance is not written', () => {
  assert.throws(() => buildDicom({ SOPClassUID: META.sopClassUid }), { code: 'dicom.incomplete' });
  assert.throws(() => buildDicom({ SOPClassUID: '1', SOPInstanceUID: '1', PatientShoeSize: '46' }), RangeError);
});

test('edit: items of items, each of which the editor decides on in the end, are looked at once at every level', () => {
  const encoding: Encoding = { explicit: true, littleEndian: true };
  const [content, last, name] = [tagOf('ContentSequence'), 0x00420011, tagOf('PatientName')];
  let level = new DataSet([newElement(name, 'PN', utf8('Erika'), encoding)], encoding);
  for (let depth = 0; depth < 28; depth += 1) {
    const inner = newSequence(content, 'SQ', [level], encoding);
    level = new DataSet([inner, newElement(last, 'OB', new Uint8Array(2), encoding)], encoding);
  }
  const head = newElement(tagOf('SOPClassUID'), 'UI', utf8('1.2'), encoding);
  const file = parseDicom(concatBytes([head.raw, ...level.elements.map(({ raw }) => raw)]));
  const { dataset } = file;
  let asked = 0;
  const count = (): void => {
    asked += 1;
    assert.ok(asked < 1000, 'every level is looked at again for each above it');
  };
  const editor = ({ tag }: { readonly tag: number }) => (tag === name ? REMOVE : KEEP);
  const edited = editDataSet(
    dataset,
    (element) => {
      count();
      return editor(element);
    },
    {
      sequence: () => {
        count();
        return KEEP;
      },
      value: () => {
        count();
        return undefined;
      },
    },
  );
  const write = (written: DataSet) => writeDicom({ ...file, ...META, dataset: written });
  const thorough = editDataSet(parseDicom(write(dataset)).dataset, editor);
  assert.deepEqual(write(edited), write(thorough));
});
