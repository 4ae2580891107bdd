import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pixelCodecs } from '#codecs';
import { decodeFrame, parseDicom, TRANSFER_SYNTAX } from '#dicom';
import { first, openDicomwebRig, partsOf } from './dicomweb-rig.ts';

const data = join(process.env['UNICA_DATA'] ?? new URL('../../../shared/data', import.meta.url).pathname, 'dicom');
const noData = existsSync(data) ? false : 'no ../shared/data/dicom (UNICA_DATA)';

/** Real files of each transfer syntax; those that the de-identification sets aside are not retrieved, and said so. */
const REAL =
  noData === false
    ? [
        ...readdirSync(join(data, 'wg04'))
          .filter((name) => !name.endsWith('.zst'))
          .map((name) => join('wg04', name)),
        'MG1_JPLY.dcm',
        'RG1_JLSN.dcm',
        'RSNA_CXR_jpegbaseline.dcm',
        'odd/image_dfl.dcm',
        'odd/CT_small.dcm',
        'odd/MR_small_bigendian.dcm',
        'odd/MR_small_implicit.dcm',
        'odd/MR_small_expb.dcm',
        'odd/693_J2KI.dcm',
        'odd/MR_small_jp2klossless.dcm',
      ]
    : [];

const codecs = pixelCodecs();

test('real files: stored bytes come back, frames as stored or decoded, or 406', { skip: noData }, async (context) => {
  const rig = await openDicomwebRig();
  context.after(() => rig.close());
  const seen = new Map<string, string>();
  for (const name of REAL) {
    const { answer } = await rig.store([readFileSync(join(data, name))]);
    const url = first(answer['00081199']?.Value?.[0], '00081190');
    if (url === undefined) {
      context.diagnostic(`${name}: set aside`);
      continue;
    }
    const at = new URL(String(url)).pathname.replace('/dicom-web', '');
    const whole = await rig.get(at, { accept: 'application/dicom; transfer-syntax=*' });
    assert.equal(whole.status, 200, name);
    const digest = createHash('sha256').update(whole.body).digest('hex');
    assert.ok(existsSync(join(rig.config.blobsPath, digest.slice(0, 2), digest.slice(2))), name);
    const file = parseDicom(whole.body);
    seen.set(file.transferSyntaxUid, name);
    const element = file.dataset.element(0x7fe00010);
    const [metadata] = (await rig.get(`${at}/metadata`)).json();
    assert.equal(first(metadata, '00083002'), file.transferSyntaxUid, name);
    assert.ok(metadata?.['7FE00010']?.BulkDataURI, name);
    const stored = await rig.get(`${at}/frames/1`, {
      accept: 'multipart/related; type=application/octet-stream; transfer-syntax=*',
    });
    assert.equal(stored.status, 200, name);
    const [frame] = await partsOf(stored);
    const native = await rig.get(`${at}/frames/1`, { accept: 'multipart/related; type="application/octet-stream"' });
    const explicit = await rig.get(at, { accept: 'application/dicom' });
    if (element?.fragments !== undefined) {
      assert.ok(frame?.body.equals(Buffer.concat(element.fragments.slice(1))), name);
      assert.equal(frame?.type, `application/octet-stream; transfer-syntax=${file.transferSyntaxUid}`, name);
    }
    if (file.dataset.number(0x00280002) !== 1) {
      if (element?.fragments !== undefined) assert.deepEqual([native.status, explicit.status], [406, 406], name);
      continue;
    }
    assert.deepEqual([native.status, explicit.status], [200, 200], name);
    const converted = parseDicom(explicit.body);
    assert.equal(converted.transferSyntaxUid, TRANSFER_SYNTAX.explicitLittle, name);
    const { values } = decodeFrame(file, 0, codecs);
    assert.deepEqual(decodeFrame(converted).values, values, name);
    const [decoded] = await partsOf(native);
    const words = decoded?.body ?? Buffer.alloc(0);
    const wide = file.dataset.number(0x00280100) === 16;
    assert.equal(words.length, values.length * (wide ? 2 : 1), name);
    const mask = (1 << (file.dataset.number(0x00280101) ?? 16)) - 1;
    for (let index = 0; index < values.length; index += 997) {
      const word = wide ? words.readUInt16LE(index * 2) : (words[index] ?? 0);
      assert.equal(word & mask, (values[index] ?? 0) & mask, name);
    }
    assert.equal((await rig.get(`${at}/rendered`)).headers['content-type'], 'image/png', name);
    assert.equal((await rig.get(`${at}/thumbnail`)).status, 200, name);
  }
  context.diagnostic(`transfer syntaxes retrieved: ${[...seen.keys()].join(' ')}`);
  assert.ok(seen.size >= 5);
});
