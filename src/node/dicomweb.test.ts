import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { decode as decodePng } from 'fast-png';
import { buildDicom, parseDicom } from '#dicom';
import { type DicomwebRig, first, openDicomwebRig, partsOf } from './dicomweb-rig.ts';
import { createNodeToken } from './node-commands.ts';

const CR = '1.2.840.10008.5.1.4.1.1.1';
const MG = '1.2.840.10008.5.1.4.1.1.1.2';

let rig: DicomwebRig;
const get: DicomwebRig['get'] = (...asked) => rig.get(...asked);
const store: DicomwebRig['store'] = (...sent) => rig.store(...sent);

before(async () => {
  rig = await openDicomwebRig();
  const { status, answer } = await store([1, 2, 3].flatMap((study) => filmsOf(study)));
  assert.equal(status, 200, JSON.stringify(answer));
});
after(() => rig.close());

/** Two series of two images: chest films of odd, mammograms of even studies. */
function filmsOf(study: number): readonly Uint8Array[] {
  return [1, 2].flatMap((series) => [1, 2].map((image) => film(study, series, image)));
}

function film(study: number, series: number, image: number): Uint8Array {
  const values = Uint16Array.from({ length: 40 * 30 }, (_, index) => (index * 3 + study * 100 + image) % 4096);
  return buildDicom(
    {
      SOPClassUID: study % 2 === 1 ? CR : MG,
      SOPInstanceUID: `1.2.3.${study}.${series}.${image}`,
      SeriesInstanceUID: `1.2.3.${study}.${series}`,
      StudyInstanceUID: `1.2.3.${study}`,
      PatientID: `P${study}`,
      PatientName: 'Muster^Erika',
      PatientSex: study % 2 === 1 ? 'F' : 'M',
      PatientAge: '050Y',
      StudyDate: `202${study}0615`,
      StudyTime: '101530',
      Modality: study % 2 === 1 ? 'CR' : 'MG',
      BodyPartExamined: study % 2 === 1 ? 'CHEST' : 'BREAST',
      SeriesNumber: String(series),
      InstanceNumber: String(image),
      WindowCenter: '2048',
      WindowWidth: '4096',
    },
    { rows: 40, columns: 30, values, bitsStored: 12, photometricInterpretation: 'MONOCHROME2' },
  );
}

/** The pseudonymous UIDs of the images of study n (dates are shifted, so a modality and a sex find it). */
async function studyUids(modality: 'CR' | 'MG') {
  const answer = await get(`/instances?ModalitiesInStudy=${modality}&includefield=all`);
  return answer.json().map((tags) => ({
    study: String(first(tags, '0020000D')),
    series: String(first(tags, '0020000E')),
    instance: String(first(tags, '00080018')),
    person: String(first(tags, '00100020')),
    date: String(first(tags, '00080020')),
  }));
}

test('searches: who asks what gets how many', async () => {
  const [mammogram] = await studyUids('MG');
  const [chest] = await studyUids('CR');
  assert.ok(mammogram !== undefined && chest !== undefined);
  const year = Number(mammogram.date.slice(0, 4));
  const rows: readonly (readonly [path: string, count: number])[] = [
    ['/studies', 3],
    ['/studies?limit=2', 2],
    ['/studies?limit=2&offset=2', 1],
    ['/studies?offset=3', 0],
    ['/studies?limit=0', 0],
    ['/series', 6],
    ['/instances', 12],
    [`/studies/${mammogram.study}/series`, 2],
    [`/studies/${mammogram.study}/instances`, 4],
    [`/studies/${mammogram.study}/series/${mammogram.series}/instances`, 2],
    ['/studies/1.2.3/series', 0],
    ['/studies?ModalitiesInStudy=MG', 1],
    ['/studies?ModalitiesInStudy=CR', 2],
    ['/studies?ModalitiesInStudy=CR,MG', 3],
    ['/studies?ModalitiesInStudy=CR%5CMG', 3],
    ['/studies?ModalitiesInStudy=M*', 1],
    ['/studies?00080061=PT', 0],
    [`/studies?PatientID=${mammogram.person}`, 1],
    [`/studies?PatientName=${mammogram.person}`, 1],
    [`/studies?PatientID=*${mammogram.person.slice(8, 20)}*`, 1],
    [`/studies?PatientName=${mammogram.person.slice(0, 12).toLowerCase()}*`, 1],
    ['/studies?PatientID=UNICA-????????????????????????????????', 3],
    ['/studies?PatientID=UNICA_%25', 0],
    ['/studies?PatientName=', 3],
    ['/studies?PatientName=*', 3],
    ['/studies?PatientName=Muster*', 0],
    ['/studies?PatientSex=M', 1],
    [`/studies?StudyDate=${mammogram.date}`, 1],
    [`/studies?StudyDate=${mammogram.date}-${mammogram.date}&ModalitiesInStudy=MG`, 1],
    [`/studies?StudyDate=${year + 1}0101-&ModalitiesInStudy=MG`, 0],
    [`/studies?StudyDate=-${year}1231&ModalitiesInStudy=MG`, 1],
    ['/studies?StudyDate=18500101-', 3],
    ['/studies?StudyTime=10', 3],
    ['/studies?StudyTime=101530', 3],
    ['/studies?StudyTime=101531-', 0],
    ['/studies?StudyTime=1000-1016', 3],
    [`/studies?StudyInstanceUID=${mammogram.study},${chest.study}`, 2],
    [`/studies?StudyInstanceUID=${mammogram.study}%5C${chest.study}`, 2],
    [`/studies?StudyInstanceUID=${mammogram.study}&StudyInstanceUID=`, 1],
    ['/series?Modality=CR', 4],
    ['/series?Modality=CR&SeriesNumber=2', 2],
    ['/series?BodyPartExamined=BREAST', 2],
    ['/series?PatientSex=M', 2],
    ['/instances?Modality=MG&InstanceNumber=1', 2],
    ['/instances?BodyPartExamined=CHEST&Rows=40', 8],
    ['/instances?SOPClassUID=1.2.840.10008.5.1.4.1.1.1.2', 4],
    ['/instances?PatientSex=F&SeriesNumber=1', 4],
    [`/instances?SOPInstanceUID=${mammogram.instance}`, 1],
    ['/instances?NumberOfFrames=2', 0],
  ];
  for (const [path, count] of rows) {
    const answer = await get(path);
    assert.equal(answer.status, 200, path);
    assert.equal(answer.headers['content-type'], 'application/dicom+json', path);
    assert.equal(answer.json().length, count, path);
  }
});

test('searches that cannot be answered are refused by name, never by value', async () => {
  const rows: readonly (readonly [path: string, problem: RegExp])[] = [
    ['/studies?RequestAttributesSequence.ScheduledProcedureStepID=secret', /inside sequences/],
    ['/studies?00400275.00400009=secret', /inside sequences/],
    ['/studies?InstitutionName=secret', /no index of it/],
    ['/studies?00091001=secret', /private and unknown/],
    ['/studies?NoSuchThing=secret', /no attribute of that name/],
    ['/studies?Modality=secret', /level of series/],
    ['/studies?StudyDate=secret', /YYYYMMDD/],
    ['/studies?StudyDate=20201332', /YYYYMMDD/],
    ['/studies?StudyDate=20201212-20201111', /ends before it begins/],
    ['/studies?StudyTime=25', /HHMMSS/],
    ['/studies?StudyInstanceUID=secret', /not a UID/],
    ['/studies?limit=-1', /whole number/],
    ['/studies?limit=secret', /whole number/],
    ['/studies?offset=1.5', /whole number/],
    ['/studies?fuzzymatching=secret', /true or false/],
    ['/studies?includefield=NoSuchThing', /does not have/],
    ['/studies?NumberOfStudyRelatedSeries=2', /cannot be searched by/],
    ['/studies?PatientSex=F&PatientSex=M', /given twice/],
  ];
  for (const [path, problem] of rows) {
    const answer = await get(path);
    assert.equal(answer.status, 400, path);
    assert.match(answer.body.toString(), problem, path);
    assert.doesNotMatch(answer.body.toString(), /secret/, path);
    assert.match(String(answer.headers['content-type']), /problem\+json/, path);
  }
});

test('a search answers in the DICOM JSON model, with warnings where it was cut or not fuzzy', async () => {
  const cut = await get('/studies?limit=2&fuzzymatching=true');
  assert.match(String(cut.headers['warning']), /^299 unica "There are additional results/);
  assert.match(String(cut.headers['warning']), /299 unica "The fuzzymatching parameter is not supported/);
  assert.equal((await get('/studies?limit=3')).headers['warning'], undefined);
  const [study] = (await get('/studies?ModalitiesInStudy=MG', { host: 'pacs.example:8042' })).json();
  const uid = String(first(study, '0020000D'));
  assert.deepEqual(Object.keys(study ?? {}), Object.keys(study ?? {}).sort());
  assert.deepEqual(study?.['00080061'], { vr: 'CS', Value: ['MG'] });
  assert.deepEqual(study?.['00201206'], { vr: 'IS', Value: [2] });
  assert.deepEqual(study?.['00201208'], { vr: 'IS', Value: [4] });
  assert.deepEqual(study?.['00080050'], { vr: 'SH' });
  assert.deepEqual(study?.['00081190'], { vr: 'UR', Value: [`http://pacs.example:8042/dicom-web/studies/${uid}`] });
  assert.deepEqual(study?.['00100010'], { vr: 'PN', Value: [{ Alphabetic: first(study, '00100020') }] });
  const scoped = (await get(`/studies/${uid}/series`)).json()[0];
  assert.equal(scoped?.['00100020'], undefined, 'what the address says is not repeated');
  assert.ok((await get(`/studies/${uid}/series?includefield=PatientID,0008103E`)).json()[0]?.['00100020']);
  assert.equal((await get('/studies?includefield=all&limit=1')).json()[0]?.['00080060'], undefined);
});

test('a person who opted out is in no answer, and is again when the wish is withdrawn', async () => {
  const token = await createNodeToken(rig.config, { name: 'p', roles: ['protection-officer'], days: 1 });
  const [seen] = await studyUids('MG');
  const decide = (decision: string) =>
    rig.node.server.fastify.inject({
      method: 'POST',
      url: '/api/opt-outs',
      headers: { authorization: `Bearer ${token}` },
      payload: { patientId: 'P2', decision },
    });
  assert.equal((await decide('opt-out')).statusCode, 200);
  assert.equal((await get('/studies')).json().length, 2);
  assert.equal((await get(`/studies/${seen?.study}/metadata`)).status, 404);
  assert.equal((await get(`/studies/${seen?.study}`)).status, 404);
  const refused = await store([film(2, 1, 9)]);
  assert.equal(refused.status, 409);
  assert.equal((await decide('withdraw-opt-out')).statusCode, 200);
  assert.equal((await get('/studies')).json().length, 3);
});

test('only those who may look may ask, and nothing is said to others', async () => {
  assert.equal((await get('/studies', {}, rig.researcher)).status, 403);
  assert.equal((await get('/studies', {}, 'wrong')).status, 401);
  const [seen] = await studyUids('MG');
  assert.equal((await get(`/studies/${seen?.study}`, {}, rig.researcher)).status, 403);
});

test('what is retrieved is the stored file byte for byte, and its tag spares a second transfer', async () => {
  const [seen] = await studyUids('MG');
  assert.ok(seen !== undefined);
  const accept = 'multipart/related; type="application/dicom"; transfer-syntax=*';
  const study = await get(`/studies/${seen.study}`, { accept });
  assert.equal(study.status, 200);
  assert.match(String(study.headers['content-type']), /^multipart\/related; type="application\/dicom"; boundary=/);
  const parts = await partsOf(study);
  assert.equal(parts.length, 4);
  for (const { type, body } of parts) {
    assert.equal(type, 'application/dicom; transfer-syntax=1.2.840.10008.1.2.1');
    const digest = createHash('sha256').update(body).digest('hex');
    const blob = readFileSync(join(rig.config.blobsPath, digest.slice(0, 2), digest.slice(2)));
    assert.ok(blob.equals(body));
  }
  assert.equal((await partsOf(await get(`/studies/${seen.study}/series/${seen.series}`, { accept }))).length, 2);
  const alone = await get(`/studies/${seen.study}/series/${seen.series}/instances/${seen.instance}`, {
    accept: 'application/dicom',
  });
  assert.equal(alone.headers['content-type'], 'application/dicom; transfer-syntax=1.2.840.10008.1.2.1');
  assert.equal(parseDicom(alone.body).dataset.text(0x00080018), seen.instance);
  assert.match(String(alone.headers['cache-control']), /private/);
  const again = await get(`/studies/${seen.study}`, { accept, 'if-none-match': String(study.headers['etag']) });
  assert.deepEqual([again.status, again.body.length], [304, 0]);
  for (const [path, status] of [
    ['/studies/1.2.3', 404],
    [`/studies/${seen.study}/series/1.2`, 404],
    [`/studies/${seen.study}/series/${seen.series}/instances/1.2`, 404],
    ['/studies/none', 400],
  ] as const) {
    assert.equal((await get(path, { accept })).status, status, path);
  }
  assert.equal(
    (await get(`/studies/${seen.study}`, { accept: 'application/dicom' })).status,
    406,
    'several need parts',
  );
  assert.equal(
    (await get(`/studies/${seen.study}`, { accept: 'multipart/related; type="application/dicom+xml"' })).status,
    406,
  );
});

test('frames, pictures and metadata of a native image', async () => {
  const [seen] = await studyUids('MG');
  assert.ok(seen !== undefined);
  const at = `/studies/${seen.study}/series/${seen.series}/instances/${seen.instance}`;
  const file = parseDicom((await get(at, { accept: 'application/dicom' })).body);
  const pixels = Buffer.from(file.dataset.element(0x7fe00010)?.value ?? []);
  const [frame] = await partsOf(
    await get(`${at}/frames/1`, { accept: 'multipart/related; type="application/octet-stream"; transfer-syntax=*' }),
  );
  assert.equal(frame?.type, 'application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1');
  assert.ok(frame?.body.equals(pixels));
  assert.equal((await get(`${at}/frames/2`)).status, 404);
  assert.equal((await get(`${at}/frames/0`)).status, 404);
  assert.equal((await get(`${at}/frames/x`)).status, 400);
  assert.equal((await get(`${at}/frames/1`, { accept: 'multipart/related; type="image/jpeg"' })).status, 406);
  const [metadata] = (
    await get(`${at}/metadata`, { accept: 'application/dicom+json', host: 'pacs.example:80' })
  ).json();
  assert.deepEqual(metadata?.['7FE00010'], {
    vr: 'OW',
    BulkDataURI: `http://pacs.example:80/dicom-web${at}/bulkdata/7FE00010`,
  });
  assert.equal(first(metadata, '00280010'), 40);
  const [bulk] = await partsOf(await get(`${at}/bulkdata/7FE00010`));
  assert.ok(bulk?.body.equals(pixels));
  assert.equal((await get(`${at}/bulkdata/00420011`)).status, 404);
  const picture = await get(`${at}/rendered`, { accept: 'image/jpeg, image/png;q=0.5' });
  assert.equal(picture.headers['content-type'], 'image/png');
  assert.deepEqual(sizeOfPng(picture.body), [30, 40]);
  assert.notDeepEqual((await get(`${at}/rendered?window=100,50,linear`)).body, picture.body);
  assert.deepEqual(sizeOfPng((await get(`${at}/frames/1/rendered?viewport=15,40`)).body), [15, 20]);
  assert.deepEqual(sizeOfPng((await get(`/studies/${seen.study}/thumbnail?viewport=8,8`)).body), [6, 8]);
  assert.equal((await get(`${at}/rendered`, { accept: 'image/jpeg' })).status, 406);
  assert.equal((await get(`${at}/rendered?window=1,2,sigmoid`)).status, 400);
});

const noDcmtk = spawnSync('dcmcjpeg', ['--version']).status === 0 ? false : 'no dcmtk (dcmcjpeg, dcmcrle, dcmcjpls)';

/** How hospitals compress colour, and how far a shade may be off: [program, options, transfer syntax, levels of 255]. */
const COMPRESSED_COLOUR: readonly (readonly [string, readonly string[], string, number])[] = [
  ['dcmcrle', [], '1.2.840.10008.1.2.5', 0],
  ['dcmcjpeg', ['+eb', '+q', '95'], '1.2.840.10008.1.2.4.50', 6],
  ['dcmcjpeg', ['+eb', '+cr', '+q', '95'], '1.2.840.10008.1.2.4.50', 6],
  ['dcmcjpeg', ['+e1'], '1.2.840.10008.1.2.4.70', 0],
  ['dcmcjpls', ['+el'], '1.2.840.10008.1.2.4.80', 0],
];

test('rendered pictures of compressed colour show the colours that were compressed', {
  skip: noDcmtk,
}, async () => {
  for (const [number, [program, options, syntax, off]] of COMPRESSED_COLOUR.entries()) {
    const path = join(rig.folder, `colour-${number}.dcm`);
    await writeFile(path, colourPicture(number));
    const made = spawnSync(program, [...options, path, path], { encoding: 'utf8' });
    assert.equal(made.status, 0, made.stderr);
    const file = readFileSync(path);
    assert.equal(parseDicom(file).transferSyntaxUid, syntax);
    const what = `${program} ${options.join(' ')}`;
    const { status, answer } = await store([file]);
    assert.equal(status, 200, `${what}: ${JSON.stringify(answer)}`);
    const url = String(first(answer['00081199']?.Value?.[0], '00081190'));
    const at = url.slice(url.indexOf('/studies'));
    for (const place of [`${at}/rendered`, `${at}/frames/1/rendered`]) {
      const picture = await get(place);
      assert.deepEqual([picture.status, picture.headers['content-type']], [200, 'image/png'], `${what} ${place}`);
      const { width, height, channels, data } = decodePng(picture.body);
      assert.deepEqual([width, height, channels], [64, 64, 3], what);
      for (const [index, colour] of QUARTERS.entries()) {
        const [x, y] = [16 + 32 * (index % 2), 16 + 32 * Math.floor(index / 2)];
        const shown = [...data.subarray(3 * (y * 64 + x), 3 * (y * 64 + x) + 3)];
        const far = Math.max(...shown.map((shade, band) => Math.abs(shade - (colour[band] ?? 0))));
        assert.ok(far <= off, `${what} ${place}: ${shown} for ${colour}`);
      }
    }
  }
});

/** Of the picture from its upper left to its lower right: each band high alone, and one of them all. */
const QUARTERS = [
  [220, 30, 20],
  [20, 190, 60],
  [40, 50, 210],
  [150, 140, 90],
] as const;

function colourPicture(number: number): Uint8Array {
  const pixels = new Uint8Array(64 * 64 * 3);
  for (let pixel = 0; pixel < 64 * 64; pixel += 1) {
    const quarter = 2 * Number(pixel >= 64 * 32) + Number(pixel % 64 >= 32);
    pixels.set(QUARTERS[quarter] ?? [], 3 * pixel);
  }
  return buildDicom({
    ...{ SOPClassUID: '1.2.840.10008.5.1.4.1.1.77.1.4', SOPInstanceUID: `1.2.3.90.1.${number + 1}` },
    ...{ SeriesInstanceUID: '1.2.3.90.1', StudyInstanceUID: '1.2.3.90', PatientID: 'P90', PatientName: 'Muster^Erika' },
    ...{ Modality: 'XC', BurnedInAnnotation: 'NO', StudyDate: '20230615', InstanceNumber: String(number + 1) },
    ...{ SamplesPerPixel: 3, PhotometricInterpretation: 'RGB', PlanarConfiguration: 0, Rows: 64, Columns: 64 },
    ...{ BitsAllocated: 8, BitsStored: 8, HighBit: 7, PixelRepresentation: 0, PixelData: pixels },
  });
}

function sizeOfPng(bytes: Buffer): readonly number[] {
  assert.equal(bytes.subarray(1, 4).toString(), 'PNG');
  return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
}

test('storing: each part is told its fate, and nothing is left behind', async () => {
  const studies = async (): Promise<number> => (await get('/studies')).json().length;
  const before = await studies();
  const again = await store([film(1, 1, 1)]);
  assert.equal(again.status, 200, 'the same file twice is one');
  assert.equal(await studies(), before);
  const mixed = await store([film(4, 1, 1), Buffer.from('this is no image'), film(5, 1, 1)], '/studies/1.2.3.4');
  assert.equal(mixed.status, 202);
  const [kept] = mixed.answer['00081199']?.Value ?? [];
  assert.equal(first(kept, '00081155'), '1.2.3.4.1.1', 'the sender knows it by its own UID');
  assert.equal(first(kept, '00081196'), 0xb000);
  const [failed] = mixed.answer['00081198']?.Value ?? [];
  assert.deepEqual([first(failed, '00081155'), first(failed, '00081197')], ['1.2.3.5.1.1', 0xa900]);
  assert.equal(mixed.answer['0008119A']?.Value?.length, 1);
  const url = new URL(String(first(kept, '00081190')));
  assert.equal((await get(url.pathname.replace('/dicom-web', ''), { accept: 'application/dicom' })).status, 200);
  assert.equal((await store([Buffer.from('no'), Buffer.from('none')])).status, 409);
  assert.deepEqual(await readdir(rig.config.webIncomingPath), []);
  assert.equal(await studies(), before + 1, 'the film of the study that was meant');
});

test('storing: bodies that are none are refused', async () => {
  const rows: readonly (readonly [contentType: string, payload: string, status: number])[] = [
    ['application/json', '{}', 415],
    ['multipart/related; type="application/dicom"', '--x--', 415],
    ['multipart/related; type="application/dicom+json"; boundary=x', '--x--', 415],
    ['multipart/related; type="application/dicom"; boundary=x', '--x--', 400],
    ['multipart/related; type="application/dicom"; boundary=x', '--x\r\n\r\nabc', 400],
    ['multipart/related; type="application/dicom"; boundary=x', '', 400],
  ];
  for (const [contentType, payload, status] of rows) {
    const response = await rig.node.server.fastify.inject({
      method: 'POST',
      url: '/dicom-web/studies',
      headers: { authorization: `Bearer ${rig.operator}`, 'content-type': contentType },
      payload,
    });
    assert.equal(response.statusCode, status, `${contentType} ${payload}`);
  }
  assert.deepEqual(await readdir(rig.config.webIncomingPath), []);
});

test('a viewer of a named origin may read from its own page, one of another may not', async () => {
  const ask = (origin: string) =>
    rig.node.server.fastify.inject({ method: 'OPTIONS', url: '/dicom-web/studies', headers: { origin } });
  const named = await ask('https://viewer.example');
  assert.equal(named.statusCode, 204);
  assert.equal(named.headers['access-control-allow-origin'], 'https://viewer.example');
  assert.match(String(named.headers['access-control-allow-headers']), /authorization/);
  assert.equal((await ask('https://other.example')).headers['access-control-allow-origin'], undefined);
});

test('the requests of OHIF, in their order', async () => {
  const json = { accept: 'application/dicom+json' };
  const list = await get(
    '/studies?limit=101&offset=0&fuzzymatching=false&includefield=00081030%2C00080060%2C00080090',
    json,
  );
  assert.equal(list.status, 200);
  const study = list.json().find((tags) => tags['00080061']?.Value?.[0] === 'CR');
  const uid = String(first(study, '0020000D'));
  const one = await get(
    `/studies?limit=101&offset=0&fuzzymatching=false&includefield=00081030%2C00080060&StudyInstanceUID=${uid}`,
    json,
  );
  assert.equal(one.json().length, 1);
  const byName = await get(
    `/studies?PatientName=*${String(first(study, '00100020')).slice(0, 16)}*&limit=101&offset=0&includefield=00081030`,
    json,
  );
  assert.equal(byName.json().length, 1);
  const series = await get(`/studies/${uid}/series?includefield=0008103E%2C00080060%2C00080021%2C00080031`, json);
  assert.equal(series.json().length, 2);
  for (const one of series.json()) {
    const seriesUid = String(first(one, '0020000E'));
    assert.equal(first(one, '00080060'), 'CR');
    const metadata = await get(`/studies/${uid}/series/${seriesUid}/metadata`, json);
    assert.equal(metadata.json().length, 2);
    for (const image of metadata.json()) {
      for (const tag of ['00080016', '00080018', '0020000D', '0020000E', '00280010', '00280011', '00280100']) {
        assert.ok(first(image, tag) !== undefined, tag);
      }
      const frames = await get(`/studies/${uid}/series/${seriesUid}/instances/${first(image, '00080018')}/frames/1`, {
        accept: 'multipart/related; type=application/octet-stream; transfer-syntax=*',
      });
      assert.equal(frames.status, 200);
      assert.match(String(frames.headers['content-type']), /^multipart\/related; type="application\/octet-stream"/);
      assert.equal((await partsOf(frames))[0]?.body.length, 2400);
    }
  }
});

const python = process.env['UNICA_TEST_PYTHON'] ?? 'python3';
const noPeer =
  spawnSync(python, ['-c', 'import dicomweb_client, pydicom']).status === 0
    ? false
    : 'no dicomweb-client for Python (UNICA_TEST_PYTHON names one that has it)';

test("Python's dicomweb-client searches, retrieves and stores", { skip: noPeer }, async () => {
  const path = join(rig.folder, 'peer.dcm');
  await writeFile(path, film(2, 3, 1));
  const script = new URL('../../scripts/dicomweb-peer.py', import.meta.url).pathname;
  const { stdout } = await promisify(execFile)(python, [script, `${rig.node.url}/dicom-web`, rig.operator, path], {
    timeout: 60_000,
  });
  const studies = (await get('/studies')).json().length;
  assert.deepEqual(JSON.parse(stdout), {
    stored: 1,
    studies,
    nothing: [],
    paged: studies,
    series: 3,
    instances: 2,
    rows: 40,
    study_metadata: 5,
    same_uid: true,
    series_instances: 2,
    study_instances: 5,
    frame_is_pixels: true,
    bulk_is_pixels: true,
    png: 'PNG',
    frame_png: 'PNG',
  });
});

test('the API description tells of every address of DICOMweb', async () => {
  const response = await rig.node.server.fastify.inject({ method: 'GET', url: '/openapi.json' });
  const { paths } = response.json<{ readonly paths: Readonly<Record<string, unknown>> }>();
  assert.equal(Object.keys(paths).filter((path) => path.startsWith('/dicom-web/')).length, 19);
});

test('who only reads is given the images of a study and no report or map of it, which a model may have made', async () => {
  const study = { StudyInstanceUID: '1.2.3.9', PatientID: 'P9', PatientSex: 'O', StudyDate: '20290615' };
  const object = (uid: string, SOPClassUID: string, Modality: string) => ({
    ...study,
    SOPClassUID,
    Modality,
    SOPInstanceUID: `1.2.3.9.${uid}.1`,
    SeriesInstanceUID: `1.2.3.9.${uid}`,
  });
  const pixels = {
    rows: 4,
    columns: 4,
    values: new Uint16Array(16),
    bitsStored: 12,
    photometricInterpretation: 'MONOCHROME2',
  } as const;
  const { status, answer } = await store([
    buildDicom(object('1', MG, 'MG'), pixels),
    buildDicom(object('2', '1.2.840.10008.5.1.4.1.1.88.50', 'SR')),
    buildDicom(object('3', '1.2.840.10008.5.1.4.1.1.30', 'MR'), pixels),
  ]);
  assert.equal(status, 200, JSON.stringify(answer));
  const clinician = await createNodeToken(rig.config, { name: 'c', roles: ['clinician'], days: 1 });
  const found = (await get('/instances?PatientSex=O&includefield=all')).json();
  assert.equal(found.length, 3);
  const uid = String(first(found[0] ?? {}, '0020000D'));
  const json = { accept: 'application/dicom+json' };
  const seenBy = async (token: string) =>
    (await get(`/studies/${uid}/metadata`, json, token)).json().map((one) => String(first(one, '00080060')));
  assert.deepEqual((await seenBy(rig.operator)).sort(), ['MG', 'MR', 'SR']);
  assert.deepEqual(await seenBy(clinician), ['MG']);
  assert.equal((await partsOf(await get(`/studies/${uid}`, {}, clinician))).length, 1);
  for (const one of found) {
    const path = `/studies/${uid}/series/${first(one, '0020000E')}/instances/${first(one, '00080018')}`;
    const wanted = first(one, '00080060') === 'MG' ? 200 : 404;
    for (const of of ['', '/metadata'])
      assert.equal((await get(`${path}${of}`, {}, clinician)).status, wanted, path + of);
  }
});
