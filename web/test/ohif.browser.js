// OHIF itself, as its makers built it (npm's @ohif/app), in Debian's chromium before a real node: somebody signs in, finds
// the studies in OHIF's list and opens them; what OHIF draws must be what the node's own rendered pictures show.
//
//   mkdir -p /tmp/ohif && cd /tmp/ohif && npm pack @ohif/app@3.13.2 && tar xzf ohif-app-3.13.2.tgz
//   UNICA_OHIF=/tmp/ohif/package/dist node --test web/test/ohif.browser.js
//
// UNICA_OHIF_SHOTS names a folder for screenshots.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, extname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const CHROMIUM = process.env.UNICA_CHROMIUM ?? '/usr/bin/chromium';
const OHIF = process.env.UNICA_OHIF;
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const data = join(process.env.UNICA_DATA ?? join(root, '../shared/data'), 'dicom');
const shots = process.env.UNICA_OHIF_SHOTS;

const skip = !existsSync(CHROMIUM)
  ? `no chromium at ${CHROMIUM} (apt-get install chromium)`
  : OHIF === undefined || !existsSync(join(OHIF, 'index.html'))
    ? "no OHIF (UNICA_OHIF: the folder dist of npm's @ohif/app)"
    : !existsSync(data)
      ? 'no ../shared/data/dicom (UNICA_DATA)'
      : false;

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.wasm': 'application/wasm' };

/** As docs/operators/dicomweb.md gives it. */
const APP_CONFIG = `window.config = {
  routerBasename: null, extensions: [], modes: [], customizationService: {}, showStudyList: true, maxNumberOfWebWorkers: 2,
  dataSources: [{
    namespace: '@ohif/extension-default.dataSourcesModule.dicomweb',
    sourceName: 'unica',
    configuration: {
      friendlyName: 'UNICA node', qidoRoot: '/dicom-web', wadoRoot: '/dicom-web', qidoSupportsIncludeField: true,
      supportsFuzzyMatching: false, supportsWildcard: true, imageRendering: 'wadors', thumbnailRendering: 'wadors',
      enableStudyLazyLoad: true,
    },
  }],
  defaultDataSourceName: 'unica',
};`;

const SLICES = 12;

describe('OHIF before a node', { skip }, () => {
  let folder = '';
  let node;
  let house;
  let browser;
  let page;
  let studies = [];
  /** What the node answered OHIF, and what the browser complained of. */
  const answers = [];
  const complaints = [];

  before(async () => {
    const { buildDicom } = await import('../../dist/dicom/index.js');
    folder = await mkdtemp(join(tmpdir(), 'unica-ohif-'));
    const nodePort = await freePort();
    house = await openHouse(nodePort);
    const { config, running } = await openNode(join(folder, 'node'), nodePort, house.origin);
    node = running;
    const { createNodeToken } = await import('../../dist/node/node-commands.js');
    const token = await createNodeToken(config, { name: 'o', roles: ['operator'], days: 1 });
    const films = ['MG1_JPLY.dcm', 'RSNA_CXR_jpegbaseline.dcm'].map((name) => readFileSync(join(data, name)));
    await store(house.origin, token, [...films, ...scan(buildDicom)]);
    const search = await fetch(`${house.origin}/dicom-web/studies`, { headers: { authorization: `Bearer ${token}` } });
    studies = (await search.json()).map((study) => ({
      uid: study['0020000D'].Value[0],
      modality: study['00080061'].Value[0],
      person: study['00100020'].Value[0],
      instances: study['00201208'].Value[0],
    }));
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: [
        '--no-sandbox',
        '--use-angle=swiftshader',
        '--enable-unsafe-swiftshader',
        '--disable-background-networking',
      ],
    });
    page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('response', (response) => {
      const { pathname } = new URL(response.url());
      if (pathname.startsWith('/dicom-web')) answers.push({ status: response.status(), pathname });
    });
    await page.goto(`${house.origin}/auth/sign-in?return=/`);
    await page.getByText('Example Clinician').click();
    await page.waitForURL(`${house.origin}/`);
  });

  after(async () => {
    await browser?.close();
    await node?.close();
    await house?.close();
    await rm(folder, { recursive: true, force: true });
  });

  test('its list shows every study', async () => {
    for (const { person } of studies) await page.getByText(person).first().waitFor({ timeout: 60_000 });
    await keepPicture(page, 'list');
    assert.equal(studies.length, 3);
    assert.deepEqual(faults(answers), []);
  });

  for (const modality of ['CT', 'RG', 'CR']) {
    test(`it shows a study of ${modality} as the node renders it`, async () => {
      const study = studies.find((candidate) => candidate.modality === modality);
      assert.ok(study !== undefined);
      answers.length = 0;
      await page.goto(`${house.origin}/viewer?StudyInstanceUIDs=${study.uid}`);
      const likeness = await untilAlike(page, study.uid);
      await keepPicture(page, modality);
      assert.ok(likeness > 0.98, `correlation ${likeness} of what OHIF draws with the node's rendered picture`);
      assert.deepEqual(faults(answers), []);
      const frames = new Set(
        answers.filter(({ pathname }) => /\/frames\/1$/.test(pathname)).map((one) => one.pathname),
      );
      assert.equal(frames.size, study.instances);
    });
  }

  test('nothing failed in the page', () => assert.deepEqual(complaints, []));
});

function faults(answers) {
  return answers.filter(({ status }) => status >= 400);
}

/** How like OHIF's picture is to one of the node's rendered instances, at the place where it fits into the viewport; waits for it. */
async function untilAlike(page, studyUid) {
  const deadline = Date.now() + 90_000;
  let best = 0;
  while (best <= 0.98 && Date.now() < deadline) {
    best = Math.max(best, await page.evaluate(likenessInPage, studyUid));
    if (best <= 0.98) await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  return best;
}

/** Runs in the page. */
async function likenessInPage(studyUid) {
  const canvas = document.querySelector('canvas.cornerstone-canvas');
  if (canvas === null || canvas.width < 100) return 0;
  const grey = (context) => {
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    return Float64Array.from({ length: data.length / 4 }, (_, at) => data[4 * at]);
  };
  const shown = grey(canvas.getContext('2d'));
  const answer = await fetch(`/dicom-web/studies/${studyUid}/instances?limit=100`);
  let best = 0;
  for (const instance of await answer.json()) {
    const path = `/dicom-web/studies/${studyUid}/series/${instance['0020000E'].Value[0]}/instances/${instance['00080018'].Value[0]}/rendered`;
    const picture = await createImageBitmap(await (await fetch(path, { headers: { accept: 'image/png' } })).blob());
    const scale = Math.min(canvas.width / picture.width, canvas.height / picture.height);
    const [width, height] = [picture.width * scale, picture.height * scale];
    const context = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d');
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(picture, (canvas.width - width) / 2, (canvas.height - height) / 2, width, height);
    const expected = grey(context);
    const means = [shown, expected].map((values) => values.reduce((sum, value) => sum + value, 0) / values.length);
    let [product, one, other] = [0, 0, 0];
    for (let at = 0; at < shown.length; at += 1) {
      const [a, b] = [shown[at] - means[0], expected[at] - means[1]];
      product += a * b;
      one += a * a;
      other += b * b;
    }
    if (one > 0 && other > 0) best = Math.max(best, product / Math.sqrt(one * other));
  }
  return best;
}

/** One address for the viewer and the node, as a hospital's web server would give it. */
async function openHouse(nodePort) {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://house');
    if (/^\/(dicom-web|auth|api|oidc)(\/|$)/.test(pathname)) {
      const { method, headers, url: path } = request;
      const onward = httpRequest({ port: nodePort, host: '127.0.0.1', method, headers, path }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      onward.on('error', () => response.destroy());
      request.pipe(onward);
      return;
    }
    void giveFile(pathname, response);
  });
  const port = await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));
  const close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { origin: `http://127.0.0.1:${port}`, close };
}

async function giveFile(pathname, response) {
  // As OHIF's own server sets them: its decoders share memory between threads.
  response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
  response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
  const body = pathname === '/app-config.js' ? APP_CONFIG : await readFile(join(OHIF, pathname)).catch(() => undefined);
  response.setHeader('content-type', body === undefined ? 'text/html' : (TYPES[extname(pathname)] ?? 'text/plain'));
  // Every address of the viewer is the same page.
  response.end(body ?? (await readFile(join(OHIF, 'index.html'))));
}

async function openNode(home, port, publicUrl) {
  const { nodeConfig } = await import('../../dist/node/config.js');
  const { startNode } = await import('../../dist/node/start-node.js');
  const { keyPath, siteSecret, writeIdentityCard } = await import('../../dist/node/identity-card.js');
  const { loadOrCreateKeys } = await import('../../dist/identity/index.js');
  const { silentLog } = await import('../../dist/base/index.js');
  const settings = { home, port: String(port), publicUrl, demonstration: 'true', logLevel: 'silent' };
  const config = nodeConfig(settings);
  await siteSecret(home);
  const { publicKey: hubPublicKey } = await loadOrCreateKeys(keyPath(home));
  const hub = { hubUrl: 'http://127.0.0.1:9', hubName: 'none', hubPublicKey };
  await writeIdentityCard(home, { siteId: 'porto', country: 'PT', displayName: 'Porto', ...hub });
  return { config, running: await startNode(config, silentLog) };
}

async function store(origin, token, files) {
  const boundary = 'a-film-follows';
  const parts = files.flatMap((file) => [
    Buffer.from(`--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`),
    Buffer.from(file),
    Buffer.from('\r\n'),
  ]);
  const answer = await fetch(`${origin}/dicom-web/studies`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': `multipart/related; type="application/dicom"; boundary=${boundary}`,
    },
    body: Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]),
  });
  assert.equal(answer.status, 200, await answer.text());
}

/** Slices of a ball. */
function scan(buildDicom) {
  return Array.from({ length: SLICES }, (_, slice) => {
    const radius = 56 - 3 * Math.abs(slice - 6);
    const values = Uint16Array.from({ length: 128 * 128 }, (_, at) => {
      const [x, y] = [(at % 128) - 64, (at >> 7) - 64];
      return x * x + y * y < radius ** 2 ? 1000 + ((x + 2 * y) & 127) : 24;
    });
    return buildDicom(
      {
        SOPClassUID: '1.2.840.10008.5.1.4.1.1.2',
        SOPInstanceUID: `1.2.9.${slice + 1}`,
        SeriesInstanceUID: '1.2.8.1',
        StudyInstanceUID: '1.2.7.1',
        FrameOfReferenceUID: '1.2.6',
        PatientID: 'P9',
        StudyDate: '20240102',
        StudyTime: '101112',
        Modality: 'CT',
        InstanceNumber: String(slice + 1),
        ImagePositionPatient: `-64\\-64\\${slice * 3}`,
        ImageOrientationPatient: '1\\0\\0\\0\\1\\0',
        PixelSpacing: '1\\1',
        SliceThickness: '3',
        RescaleIntercept: '-1024',
        RescaleSlope: '1',
        WindowCenter: '40',
        WindowWidth: '400',
      },
      { rows: 128, columns: 128, values, bitsStored: 12, photometricInterpretation: 'MONOCHROME2' },
    );
  });
}

async function freePort() {
  const server = createServer();
  const port = await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function keepPicture(page, name) {
  if (shots === undefined) return;
  mkdirSync(shots, { recursive: true });
  await page.screenshot({ path: join(shots, `${name}.png`) });
}
