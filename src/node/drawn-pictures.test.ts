import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { buildDicom, oneFrameFile, parseDicom, pixelPlaceOf } from '#dicom';
import { openFolderBlobs } from '#store';
import type { IndexedInstance } from './dicom-index.ts';
import { drawnPicture } from './drawn-picture.ts';
import { DrawnPictures, type WishedPicture } from './drawn-pictures.ts';
import type { PixelOrder } from './picture-messages.ts';

const SMALL = { window: undefined, viewport: { columns: 8, rows: 8 } };

let folder: string;
let blobs: Awaited<ReturnType<typeof openFolderBlobs>>;
const films: IndexedInstance[] = [];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unica-drawn-'));
  blobs = await openFolderBlobs(folder);
  for (let at = 0; at < 6; at += 1) {
    const values = Uint16Array.from({ length: 32 * 16 }, (_, index) => (index * (at + 1)) % 4096);
    const header = { SOPClassUID: '1.2.840.10008.5.1.4.1.1.1.1', SOPInstanceUID: `1.2.${at}`, Modality: 'DX' };
    const pixels = { rows: 32, columns: 16, values, bitsStored: 12, photometricInterpretation: 'MONOCHROME2' as const };
    const bytes = buildDicom(header, pixels);
    const file = parseDicom(bytes);
    const { sha256 } = await blobs.put(bytes);
    films.push({
      ...{ studyInstanceUid: '1.2', seriesInstanceUid: '1.2', sopInstanceUid: `1.2.${at}`, person: 'p' },
      ...{ sopClassUid: header.SOPClassUID, transferSyntaxUid: file.transferSyntaxUid, samplesPerPixel: 1 },
      ...{ bitsAllocated: 16, blobSha256: sha256, sizeBytes: bytes.length },
      pixelPlace: pixelPlaceOf(file, bytes) ?? null,
    });
  }
});

after(async () => {
  await blobs.close();
  await rm(folder, { recursive: true, force: true });
});

/** Draws as the thread does, and counts; `hold` keeps what is begun waiting. */
function countingDesk() {
  let drawn = 0;
  let release = () => {};
  let held: Promise<void> | undefined;
  return {
    drawn: () => drawn,
    hold() {
      held = new Promise((resolve) => {
        release = resolve;
      });
      return () => release();
    },
    async do(order: PixelOrder): Promise<Uint8Array> {
      assert.equal(order.kind, 'picture');
      drawn += 1;
      await held;
      return order.kind === 'picture'
        ? drawnPicture(oneFrameFile(parseDicom(order.header), order.frame), 0, order.wish, {})
        : new Uint8Array();
    },
  };
}

const wished = (at: number, wish: WishedPicture['wish'] = SMALL, number = 1): WishedPicture => {
  const instance = films[at];
  assert.ok(instance !== undefined);
  return { instance, number, wish };
};

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

test('a picture is drawn once, however often and by however many it is asked for; another wish is another picture', async () => {
  const desk = countingDesk();
  const pictures = new DrawnPictures({ blobs, desk });
  const [first, again] = await Promise.all([pictures.picture(wished(0)), pictures.picture(wished(0))]);
  assert.deepEqual(await pictures.picture(wished(0)), first);
  assert.deepEqual(again, first);
  assert.equal(desk.drawn(), 1);
  const [whole, narrow] = [
    await pictures.picture(wished(0, { window: undefined, viewport: undefined })),
    await pictures.picture(wished(0, { ...SMALL, window: { center: 100, width: 50 } })),
  ];
  assert.equal(desk.drawn(), 3);
  assert.notDeepEqual(whole, first);
  assert.notDeepEqual(narrow, first);
});

test('what is drawn ahead is there when it is asked for, and waits for those who ask', async () => {
  const desk = countingDesk();
  const pictures = new DrawnPictures({ blobs, desk });
  const release = desk.hold();
  const asked = pictures.picture(wished(0));
  pictures.prepare([wished(1), wished(2)]);
  await until(() => desk.drawn() === 1);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(desk.drawn(), 1, 'nothing is drawn ahead while somebody waits');
  release();
  await asked;
  await until(() => desk.drawn() === 3);
  await pictures.picture(wished(1));
  await pictures.picture(wished(2));
  assert.equal(desk.drawn(), 3);
});

test('what cannot be drawn is told to whoever asks, and ends nothing that is drawn ahead', async () => {
  const desk = countingDesk();
  const pictures = new DrawnPictures({ blobs, desk });
  pictures.prepare([wished(0, SMALL, 2), wished(1)]);
  await until(() => desk.drawn() === 1);
  await assert.rejects(pictures.picture(wished(0, SMALL, 2)), { code: 'http.not-found' });
});

test('no more is kept than there is room for; what was used last goes last', async () => {
  const desk = countingDesk();
  const measure = new DrawnPictures({ blobs, desk });
  const sizes = await Promise.all([0, 1, 2].map(async (at) => (await measure.picture(wished(at))).byteLength));
  const before = desk.drawn();
  const limitBytes = Math.max(...sizes) * 2;
  const pictures = new DrawnPictures({ blobs, desk, limitBytes });
  for (const at of [0, 1, 0, 2, 0]) await pictures.picture(wished(at));
  assert.equal(desk.drawn() - before, 3, 'the first stays, since it was used again');
  await pictures.picture(wished(1));
  assert.equal(desk.drawn() - before, 4, 'the second was let go of');
});
