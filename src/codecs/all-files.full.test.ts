import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, test } from 'node:test';
import { UnicaError } from '#base';
import { decodeSamples, parseDicom } from '#dicom';
import { pixelCodecs } from './pixel-codecs.ts';

const codecs = pixelCodecs();
const folder = join(process.env['UNICA_DATA'] ?? '../shared/data', 'dicom');
const PEERS = 'import pydicom, numpy, openjpeg, libjpeg, rle';
const absent = !existsSync(folder)
  ? `no real films at ${basename(folder)}`
  : spawnSync('python3', ['-c', PEERS]).status === 0
    ? false
    : 'no pydicom with pylibjpeg, pylibjpeg-libjpeg, pylibjpeg-openjpeg, pylibjpeg-rle and numpy';

const scratch = mkdtempSync(join(tmpdir(), 'unica-oracle-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

/** Writes the first frame of every file, [row, column, sample] as int64, as pydicom and its plug-ins decode it. */
const ORACLE = `
import sys, pydicom, numpy
from pydicom.pixels import get_decoder
source, target = sys.argv[1:3]
for name in sys.argv[3:]:
    try:
        d = pydicom.dcmread(source + '/' + name, force=True)
        decoder = get_decoder(d.file_meta.TransferSyntaxUID)
        array, facts = decoder.as_array(d, index=0, raw=True)
        array.astype('<i8').tofile(target + '/' + name.replace('/', '_'))
    except Exception as error:
        print(name, type(error).__name__, str(error)[:120].replace(chr(10), ' '))
`;

const names = existsSync(folder)
  ? ['', 'odd', 'wg04'].flatMap((under) =>
      readdirSync(join(folder, under), { withFileTypes: true })
        .filter((entry) => entry.isFile() && !/\.(dump|zst|gz|md|txt)$/.test(entry.name))
        .map((entry) => join(under, entry.name)),
    )
  : [];

/** Lossy JPEG and JPEG 2000: decoders may round differently; subsampled colours are spread in several ways. */
const TOLERANCE: Readonly<Record<string, number | undefined>> = {
  '1.2.840.10008.1.2.4.50': 2,
  '1.2.840.10008.1.2.4.51': 2,
};

test('every file with pixels is decoded as pydicom decodes it, or refused with a reason', { skip: absent }, (t) => {
  const { stdout, status, stderr } = spawnSync('python3', ['-c', ORACLE, folder, scratch, ...names], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  t.diagnostic(`not decoded by pydicom: ${stdout.trim().split('\n').length}`);
  let compared = 0;
  for (const name of names) {
    const path = join(scratch, name.replaceAll('/', '_'));
    const ours = outcomeOf(new Uint8Array(readFileSync(join(folder, name))));
    if (typeof ours === 'string') {
      assert.ok(!existsSync(path), `${name}: refused here (${ours}), decoded by pydicom`);
      continue;
    }
    if (!existsSync(path)) continue;
    const bytes = readFileSync(path);
    const theirs = new BigInt64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
    assert.equal(ours.values.length, theirs.length, name);
    let largest = 0;
    for (const [at, value] of ours.values.entries()) largest = Math.max(largest, Math.abs(value - Number(theirs[at])));
    const allowed = TOLERANCE[ours.transferSyntaxUid] ?? 0;
    assert.ok(largest <= allowed, `${name} ${ours.transferSyntaxUid}: differs by ${largest}`);
    compared += 1;
  }
  assert.ok(compared >= 50, `${compared} compared`);
});

function outcomeOf(bytes: Uint8Array) {
  try {
    const file = parseDicom(bytes);
    return { ...decodeSamples(file, 0, codecs), transferSyntaxUid: file.transferSyntaxUid };
  } catch (error) {
    assert.ok(error instanceof UnicaError, String(error));
    return error.code;
  }
}
