// Runs a hub of one build and nodes of another, as a network does in the days of an upgrade: three nodes enrol, publish and train
// two jobs, one with open and one with masked updates. Exit status 1 when one of them does not finish.
//
//   npm run campaign:wire-peers -- --hub DIR --nodes DIR
//
// Each DIR is a built checkout, this one or another: git worktree add ../older COMMIT, npm ci, npm run build.
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';

const run = promisify(execFile);
const { values } = parseArgs({ options: { hub: { type: 'string' }, nodes: { type: 'string' } } });
const SITES = ['lisbon', 'porto', 'braga'];
const DATASET = 'chest-films';
const PATIENCE_MS = 120_000;

const home = mkdtempSync(join(tmpdir(), 'unica-wire-peers-'));
const houses = [];
const cli = async (folder, ...words) =>
  (await run(process.execPath, [join(folder, 'dist/cli/main.js'), ...words, '--json'], { maxBuffer: 2 ** 26 })).stdout;
const start = (folder, name, ...words) => {
  const log = openSync(join(home, `${name}.log`), 'a');
  const program = [join(folder, 'dist/cli/main.js'), ...words];
  houses.push(spawn(process.execPath, program, { stdio: ['ignore', log, log] }));
};

try {
  process.exitCode = (await tryIt()) ? 0 : 1;
} catch (error) {
  process.stderr.write(`${error.message}\n${error.stderr ?? ''}\nThe logs are in ${home}\n`);
  process.exitCode = 1;
} finally {
  for (const house of houses) house.kill('SIGKILL');
  if (process.exitCode === 0) rmSync(home, { recursive: true, force: true });
}

async function tryIt() {
  const { hub: hubFolder, nodes: nodeFolder } = values;
  const port = await freePort();
  const hub = `http://127.0.0.1:${port}`;
  const hubHome = join(home, 'hub');
  const at = ['--home', hubHome];
  start(hubFolder, 'hub', 'hub', 'start', ...at, '--port', String(port), '--site-approval', 'automatic');
  await until(async () => (await fetch(`${hub}/api/session`)).status > 0, 'the hub is there');
  const tokenOf = async (roles) => {
    const made = await cli(hubFolder, 'hub', 'token', ...at, '--name', roles, '--roles', roles);
    return JSON.parse(made).token;
  };
  const token = await tokenOf('coordinator,researcher');
  const ask = async (path, body, bearer = token) => {
    const headers = { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' };
    const method = body === undefined ? 'GET' : 'POST';
    const answer = await fetch(`${hub}${path}`, { method, headers, body: body && JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
    return JSON.parse(text);
  };
  writeFileSync(join(home, 'token.txt'), token);
  const card = { title: 'Chest films', description: 'Synthetic films.', conditions: [] };
  writeFileSync(join(home, 'card.json'), JSON.stringify(card));
  for (const [index, siteId] of SITES.entries()) {
    const nodeHome = join(home, siteId);
    const { code } = await ask('/api/enrolment-codes', { siteId, displayName: siteId, country: 'PT' });
    const who = ['--site', siteId, '--country', 'PT'];
    await cli(nodeFolder, 'node', 'init', '--home', nodeHome, '--hub', hub, '--code', code, ...who);
    const films = join(home, `films-${siteId}`);
    await cli(nodeFolder, 'synth', 'chest', '--exams', '60', '--seed', String(index + 1), '--out', films);
    await cli(nodeFolder, 'import', films, '--clinical', join(films, 'clinical.csv'), '--home', nodeHome);
    const nodePort = await freePort();
    // A demonstration carries an example of the legal dossier, without which nothing is published.
    const approving = ['--port', String(nodePort), '--approval', 'automatic', '--demonstration'];
    start(nodeFolder, siteId, 'node', 'start', '--home', nodeHome, ...approving);
    const url = `http://127.0.0.1:${nodePort}`;
    await until(async () => (await fetch(`${url}/api/session`)).status > 0, `${siteId} is there`);
    const made = await cli(nodeFolder, 'node', 'token', '--home', nodeHome, '--name', 'curator', '--roles', 'curator');
    writeFileSync(join(home, `${siteId}.txt`), JSON.parse(made).token);
    const secret = ['--token-file', join(home, `${siteId}.txt`)];
    const described = ['--node', url, ...secret, '--description', join(home, 'card.json')];
    await cli(nodeFolder, 'dataset', 'publish', DATASET, ...described);
  }
  const { requestId } = await ask('/api/access-requests', {
    title: 'Opacities',
    purpose: 'To learn opacities.',
    operations: ['train'],
    datasets: SITES.map((siteId) => ({ siteId, name: DATASET })),
    days: 30,
  });
  // Nobody decides on their own request.
  const decision = { decision: 'granted', because: 'sound' };
  await ask(`/api/access-requests/${requestId}/decision`, decision, await tokenOf('committee'));
  let isSound = true;
  for (const updates of ['open', 'masked']) {
    const job = {
      title: `Opacities, ${updates}`,
      task: 'chest-opacity',
      dataset: DATASET,
      request: requestId,
      rounds: 2,
      localSteps: 1,
      localEpochs: 1,
      batchSize: 4,
      model: { architecture: 'resnet8', inputSize: 64, channels: 1, outputs: 1, stemStride: 2, widths: [4, 4, 4] },
      aggregation: { updates, mostFilms: 64 },
      roundDeadlineMinutes: 1,
    };
    writeFileSync(join(home, 'job.yaml'), JSON.stringify(job));
    const where = ['--hub', hub, '--token-file', join(home, 'token.txt')];
    const { jobId } = JSON.parse(await cli(hubFolder, 'learn', 'submit', join(home, 'job.yaml'), ...where));
    const view = await until(async () => {
      const seen = await ask(`/api/jobs/${jobId}`);
      return ['finished', 'failed', 'cancelled'].includes(seen.state) ? seen : undefined;
    }, `the job with ${updates} updates ends`);
    const received = view.rounds.map(({ sites }) => sites.filter(({ state }) => state === 'received').length);
    process.stdout.write(
      `${updates}: ${view.state} ${view.because ?? ''}, received per round: ${received.join(', ')}\n`,
    );
    isSound &&= view.state === 'finished' && received.every((count) => count === SITES.length);
  }
  return isSound;
}

async function until(look, what) {
  for (const untilMs = Date.now() + PATIENCE_MS; ; ) {
    const seen = await look().catch((error) => {
      if (Date.now() > untilMs) throw error;
    });
    if (seen) return seen;
    if (Date.now() > untilMs) throw new Error(`It did not happen within two minutes that ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function freePort() {
  return await new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}
