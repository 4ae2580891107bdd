// The main job as its users run it: whole processes, real films, and a hand that pulls the plug. Run by
// `node scripts/test.js --acceptance`, last in .ci/run.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const data = resolve(root, process.env.UNICA_DATA ?? '../shared/data');
const unlessPresent = (path) => (existsSync(join(data, path)) ? false : `shared/data/${path} is not here (UNICA_DATA)`);

/** A first run takes two to three minutes on two cores that are free; beyond this something hangs, however busy the machine is. */
const FIRST_RUN_SECONDS = 420;
/** MiB of each process at its peak. */
const PEAK_MEMORY_MB = 600;

/** Starts `unica demo --once --json` in a folder of its own. The test's end takes both away. */
function startDemo(t, args, command = [process.execPath, join(root, 'bin/unica.js')]) {
  const home = mkdtempSync(join(tmpdir(), 'unica-acceptance-'));
  const [program, ...first] = command;
  const child = spawn(program, [...first, 'demo', '--once', '--json', '--home', home, ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own: npx does not always hand a signal on.
    detached: true,
  });
  const out = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) {
    child[name].setEncoding('utf8').on('data', (text) => {
      out[name] += text;
    });
  }
  const ended = new Promise((fulfil) => child.once('close', (status) => fulfil(status)));
  t.after(async () => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid, 'SIGTERM');
    await ended;
    rmSync(home, { recursive: true, force: true });
  });
  return { home, out, ended };
}

/** The demo's one JSON document, once it has ended well. */
async function resultOf({ out, ended }) {
  const status = await ended;
  assert.equal(status, 0, `the demo ended with ${status}; its last words:\n${out.stderr.slice(-2000)}`);
  return JSON.parse(out.stdout);
}

/** What holds of every run: three nodes heard, one person left out, every round closed, nothing planted on the wire. */
function assertWhole(result, rounds) {
  assert.equal(result.nodes.length, 3);
  for (const { site, accepted } of result.nodes) assert.ok(accepted > 0, `${site} took nothing in`);
  assert.equal(result.opted_out.persons_after, result.opted_out.persons_before - 1);
  assert.deepEqual(
    result.approvals.map(({ decision }) => decision),
    ['approved', 'approved', 'approved'],
  );
  assert.equal(result.search.nodes.length, 3);
  assert.deepEqual(result.search.pending, []);
  assert.deepEqual(
    result.rounds.map(({ round }) => round),
    Array.from({ length: rounds }, (_, index) => index + 1),
  );
  for (const { loss } of result.rounds) assert.ok(Number.isFinite(loss), `loss ${loss}`);
  assert.ok(result.model.auc > 0.5 && result.model.auc <= 1, `AUC ${result.model.auc}`);
  assert.deepEqual(result.wire.findings, []);
  assert.equal(result.wire.phi_found, 0);
  const sent = Object.values(result.wire.bytes_out_per_node);
  assert.equal(sent.length, 3);
  for (const bytes of sent) assert.ok(bytes > 0, 'a node that trained has sent something');
}

function tellFigures(t, { model, rounds, seconds, wire }) {
  t.diagnostic(
    `federated AUC ${model.auc}, local only ${model.local_only_auc}, pooled ${model.pooled_auc}, ` +
      `${rounds.length} rounds, ${seconds} s, bytes out ${JSON.stringify(wire.bytes_out_per_node)}`,
  );
}

test('npx unica demo, on films it makes itself', async (t) => {
  const result = await resultOf(startDemo(t, [], ['npx', '--no-install', 'unica']));
  tellFigures(t, result);
  assertWhole(result, result.rounds.length);
  assert.ok(result.seconds <= FIRST_RUN_SECONDS, `${result.seconds} s`);
  const withheld = result.rare_search.nodes.filter(({ persons }) => 'below' in persons);
  assert.ok(withheld.length > 0, 'a small count is withheld at its node');
  assert.equal(Object.keys(result.peak_memory_mb).length, 4);
  const peaks = Object.entries({ ...result.peak_memory_mb, village: result.village_peak_memory_mb });
  for (const [name, peakMb] of peaks) assert.ok(peakMb <= PEAK_MEMORY_MB, `${name} took ${peakMb} MB`);
});

test('pneumonia on chest films of MedMNIST: federated beats local, comes near pooled', {
  skip: unlessPresent('medmnist/pneumoniamnist.npz'),
}, async (t) => {
  const file = join(data, 'medmnist/pneumoniamnist.npz');
  const result = await resultOf(startDemo(t, ['--npz', file, '--rounds', '10']));
  tellFigures(t, result);
  assertWhole(result, 10);
  const { auc, local_only_auc: localOnly, pooled_auc: pooled } = result.model;
  assert.ok(auc >= 0.94, `federated ${auc}`);
  assert.ok(auc >= pooled - 0.03, `federated ${auc}, pooled ${pooled}`);
  assert.ok(auc > localOnly, `federated ${auc}, local only ${localOnly}`);
});

test('real films of the NIH take the way of DICOM', { skip: unlessPresent('nih-cxr/labels.csv') }, async (t) => {
  const result = await resultOf(startDemo(t, ['--images', join(data, 'nih-cxr')]));
  tellFigures(t, result);
  assertWhole(result, result.rounds.length);
});

test('a node and the hub are killed during a round: the run ends with every round', async (t) => {
  const rounds = 8;
  const demo = startDemo(t, ['--rounds', String(rounds)]);
  await untilRoundClosed(demo, 2);
  await killAndAwaitSuccessor(demo, (processes) => Object.values(processes.nodes)[0]);
  await untilRoundClosed(demo, 4);
  await killAndAwaitSuccessor(demo, (processes) => processes.hub);
  assert.ok(!closedRounds(demo).has(rounds), 'the hub was killed while rounds were still to come');
  assertWhole(await resultOf(demo), rounds);
});

/** Rounds that the progress lines on standard error call closed. */
function closedRounds({ out }) {
  return new Set([...out.stderr.matchAll(/round\s+(\d+)\/\d+\s+all/g)].map(([, round]) => Number(round)));
}

async function untilRoundClosed(demo, round) {
  await until(demo, () => closedRounds(demo).has(round), `round ${round} was never closed`);
}

/** Kills one process of the demo without warning and waits until another has taken its place. */
async function killAndAwaitSuccessor(demo, choose) {
  const pid = () => choose(JSON.parse(readFileSync(join(demo.home, 'processes.json'), 'utf8')));
  const killed = pid();
  process.kill(killed, 'SIGKILL');
  await until(demo, () => pid() !== killed, 'nothing took the place of the killed process');
}

async function until(demo, holds, otherwise) {
  let status;
  void demo.ended.then((code) => {
    status = code;
  });
  while (!holds()) {
    assert.equal(status, undefined, `${otherwise}; the demo ended with ${status}:\n${demo.out.stderr.slice(-2000)}`);
    await wait(50);
  }
}
