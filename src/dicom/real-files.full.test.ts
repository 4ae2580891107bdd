import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, test } from 'node:test';
import { decodeFrame, type Frame } from './decode-frame.ts';
import { toDicomJson } from './dicom-json.ts';
import { KEEP } from './edit.ts';
import { TRANSFER_SYNTAX } from './file-head.ts';
import { type DicomFile, parseDicom } from './parse-dicom.ts';
import { editDataSet, writeDicom } from './rewrite-dicom.ts';

const data = join(process.env['UNICA_DATA'] ?? new URL('../../../shared/data', import.meta.url).pathname, 'dicom');
const files = existsSync(data)
  ? readdirSync(data, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !/\.(zst|gz|dump)$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
  : [];
const absent = files.length === 0 ? 'no ../shared/data/dicom (UNICA_DATA)' : false;
const dcmtk = spawnSync('dcmdump', ['--version']).status === 0;
const alone = absent || (dcmtk ? false : 'no dcmdump (dcmtk)');

const scratch = mkdtempSync(join(tmpdir(), 'unica-dicom-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

/** Files that nobody can read, with what is wrong with them. */
const DAMAGED: Readonly<Record<string, string>> = {
  'MR_truncated.dcm': 'dicom.truncated',
  // Its first byte is missing and no header says what it is.
  'no_meta.dcm': 'dicom.not-dicom',
};

function read(path: string): Uint8Array {
  return new Uint8Array(readFileSync(path));
}

function sound(): readonly (readonly [string, DicomFile])[] {
  return files.flatMap((path) => (basename(path) in DAMAGED ? [] : [[path, parseDicom(read(path))] as const]));
}

test('every file is read, but for the two damaged ones, which are named so', { skip: absent }, () => {
  for (const path of files) {
    const code = DAMAGED[basename(path)];
    if (code === undefined) assert.ok(parseDicom(read(path)).dataset.elements.length > 0, path);
    else assert.throws(() => parseDicom(read(path)), { name: 'UnicaError', code }, path);
  }
});

test('unedited elements are the very bytes of the file', { skip: absent }, () => {
  let compared = 0;
  for (const [path, file] of sound()) {
    if (file.transferSyntaxUid === TRANSFER_SYNTAX.deflatedLittle) continue;
    if (isBelied(file)) continue;
    const edited = { ...file, dataset: editDataSet(file.dataset, () => KEEP) };
    const written = Buffer.from(writeDicom({ ...edited, sopClassUid: '1.2', sopInstanceUid: '1.3' }));
    const body = written.subarray(written.length - bodyBytes(file));
    const original = Buffer.from(read(path));
    const at = original.indexOf(body.subarray(0, 64));
    assert.ok(at >= 0, path);
    assert.ok(original.subarray(at, at + body.length).equals(body), path);
    assert.ok(
      original.subarray(at + body.length).every((byte) => byte === 0),
      `${path} has nothing left over`,
    );
    compared += 1;
  }
  assert.ok(compared > 60);
});

/** Compressed pixels in a data set of implicit representations, which no transfer syntax allows. */
function isBelied({ dataset, transferSyntaxUid }: DicomFile): boolean {
  return !dataset.encoding.explicit && transferSyntaxUid !== TRANSFER_SYNTAX.implicitLittle;
}

test('compressed pixels get the explicit representations that they need, and keep their bytes', {
  skip: absent,
}, () => {
  const belied = sound().filter(([, file]) => isBelied(file));
  assert.ok(belied.length > 0);
  for (const [path, file] of belied) {
    const again = parseDicom(writeDicom({ ...file, sopClassUid: '1.2', sopInstanceUid: '1.3' }));
    assert.ok(again.dataset.encoding.explicit, path);
    assert.equal(again.transferSyntaxUid, file.transferSyntaxUid);
    const contents = ({ dataset }: DicomFile) =>
      dataset.elements.map(({ tag, value, fragments }) => ({ tag, value, fragments }));
    assert.deepEqual(contents(again), contents(file), path);
  }
});

function bodyBytes({ dataset }: DicomFile): number {
  return dataset.elements.reduce((sum, element) => sum + element.raw.length, 0);
}

test('a deflated file is inflated, and deflated again on writing', { skip: absent }, () => {
  const path = files.find((one) => one.endsWith('image_dfl.dcm')) ?? '';
  const file = parseDicom(read(path));
  const again = parseDicom(writeDicom({ ...file, sopClassUid: '1.2', sopInstanceUid: '1.3' }));
  assert.equal(again.transferSyntaxUid, TRANSFER_SYNTAX.deflatedLittle);
  assert.deepEqual(
    again.dataset.elements.map(({ raw }) => Buffer.from(raw).toString('base64')),
    file.dataset.elements.map(({ raw }) => Buffer.from(raw).toString('base64')),
  );
});

/** Tags at the top of a file as DCMTK lists them; undefined where DCMTK itself gives up. */
function dumpedTags(path: string): readonly string[] | undefined {
  const { status, stdout } = spawnSync('dcmdump', ['-q', '-M', path], { encoding: 'latin1', maxBuffer: 1 << 26 });
  if (status !== 0) return undefined;
  return [...stdout.matchAll(/^\(([0-9a-f]{4}),([0-9a-f]{4})\) /gm)]
    .map((match) => `${match[1]}${match[2]}`)
    .filter((tag) => !tag.startsWith('0002') && !tag.startsWith('fffe'));
}

test('the elements are those that DCMTK finds', { skip: alone }, () => {
  let compared = 0;
  for (const [path, file] of sound()) {
    const expected = dumpedTags(path);
    if (expected === undefined) continue;
    const found = file.dataset.elements.map(({ tag }) => tag.toString(16).padStart(8, '0'));
    assert.deepEqual(found, expected, path);
    compared += 1;
  }
  assert.ok(compared > 50, `${compared} compared`);
});

test('what we write, DCMTK reads without a warning', { skip: alone }, () => {
  for (const [path, file] of sound()) {
    if (dumpedTags(path) === undefined || file.dataset.text(0x00080018) === undefined) continue;
    const written = join(scratch, 'written.dcm');
    const sopClassUid = file.dataset.text(0x00080016) ?? '1.2';
    spawnWrite(written, writeDicom({ ...file, sopClassUid, sopInstanceUid: file.dataset.text(0x00080018) ?? '' }));
    assert.deepEqual(dumpedTags(written), dumpedTags(path), path);
  }
});

function spawnWrite(path: string, bytes: Uint8Array): void {
  const { status } = spawnSync('sh', ['-c', 'cat > "$1"', 'sh', path], { input: bytes });
  assert.equal(status, 0);
}

/** [part of the path, tool, largest difference]. Lossy pictures differ by the rounding of the cosine transform only. */
const DECODED: readonly (readonly [string, string, number])[] = [
  ['MG1_JPLY', 'dcmdjpeg', 1],
  ['SC1_JPLY', 'dcmdjpeg', 1],
  ['RSNA_CXR', 'dcmdjpeg', 1],
  ['CT2_JPLL', 'dcmdjpeg', 0],
  ['MR2_JPLL', 'dcmdjpeg', 0],
  ['RG1_JLSN', 'dcmdjpls', 0],
  ['RG3_JLSL', 'dcmdjpls', 0],
  ['CT2_JLSL', 'dcmdjpls', 0],
  ['MR1_JLSN', 'dcmdjpls', 0],
  ['MR4_JLSN', 'dcmdjpls', 0],
  ['NM1_JLSN', 'dcmdjpls', 0],
  ['JPEGLSNearLossless_08', 'dcmdjpls', 0],
  ['CT1_RLE', 'dcmdrle', 0],
  ['MR2_RLE', 'dcmdrle', 0],
  ['MR4_RLE', 'dcmdrle', 0],
  ['NM1_RLE', 'dcmdrle', 0],
];

for (const [part, tool, tolerance] of DECODED) {
  test(`${part} is decoded as ${tool} does, within ${tolerance}`, { skip: alone }, () => {
    const path = files.find((one) => one.includes(part)) ?? assert.fail(`${part} is not there`);
    const plain = join(scratch, 'plain.dcm');
    assert.equal(spawnSync(tool, [path, plain]).status, 0);
    assertClose(decodeFrame(parseDicom(read(path))), decodeFrame(parseDicom(read(plain))), tolerance);
  });
}

function assertClose(ours: Frame, theirs: Frame, tolerance: number): void {
  assert.equal(ours.values.length, theirs.values.length);
  let largest = 0;
  for (let index = 0; index < ours.values.length; index += 1) {
    largest = Math.max(largest, Math.abs((ours.values[index] ?? 0) - (theirs.values[index] ?? 0)));
  }
  assert.ok(largest <= tolerance, `differs by ${largest}`);
}

test('a picture of one file in different encodings is the same', { skip: absent }, () => {
  const values = (name: string) => decodeFrame(parseDicom(read(join(data, name)))).values;
  const plain = values('odd/MR_small.dcm');
  for (const name of ['MR_small_bigendian', 'MR_small_expb', 'MR_small_implicit', 'MR_small_padded']) {
    assert.deepEqual(values(`odd/${name}.dcm`), plain, name);
  }
  assert.deepEqual(values('wg04/MR2_RLE'), values('wg04/MR2_JPLL'));
  assert.deepEqual(values('wg04/CT2_JLSL'), values('wg04/CT2_JPLL'));
});

test('every file has a DICOM JSON form', { skip: absent }, () => {
  for (const [path, file] of sound()) {
    const text = JSON.stringify(toDicomJson(file.dataset));
    assert.ok(text.length > 20, path);
    for (const [tag, member] of Object.entries(JSON.parse(text) as Record<string, { readonly vr: string }>)) {
      assert.match(tag, /^[0-9A-F]{8}$/);
      assert.match(member.vr, /^[A-Z]{2}$/);
    }
  }
});
