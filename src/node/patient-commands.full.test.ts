import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { nodeConfig } from './config.ts';
import { createNodeToken } from './node-commands.ts';
import { enrolledHome } from './receiver-rig.ts';

const PROGRAM = fileURLToPath(new URL('../cli/main.js', import.meta.url));

/** A home, and the program over it as staff use it. */
async function house(context: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'unica-commands-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const home = join(folder, 'home');
  await mkdir(home);
  await enrolledHome(home);
  const file = async (name: string, text: string) => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };
  const tokenFile = async (role: 'protection-officer' | 'curator') =>
    await file(role, await createNodeToken(nodeConfig({ home, port: '0' }), { name: role, roles: [role], days: 1 }));
  const unica = async (...args: readonly string[]) =>
    await new Promise<{ readonly code: number | null; readonly out: string; readonly err: string }>(
      (resolve, reject) => {
        const child = spawn(process.execPath, [PROGRAM, 'node', ...args, '--home', home], {
          env: { PATH: process.env['PATH'] },
          cwd: folder,
        });
        const said = { out: '', err: '' };
        child.stdout.setEncoding('utf8').on('data', (text: string) => {
          said.out += text;
        });
        child.stderr.setEncoding('utf8').on('data', (text: string) => {
          said.err += text;
        });
        child.once('error', reject);
        child.once('close', (code) => resolve({ code, ...said }));
      },
    );
  return { file, tokenFile, unica };
}

test('unica node consent: the officer looks, takes out, takes back and sets the basis; nobody else does', async (context) => {
  const { file, tokenFile, unica } = await house(context);
  const patient = ['--patient-file', await file('number.txt', 'HOSP-4711\n')];
  const officer = ['--token-file', await tokenFile('protection-officer')];
  const record = async (command: string) => {
    const { code, out, err } = await unica('consent', command, ...patient, ...officer, '--json');
    assert.equal(code, 0, err);
    assert.doesNotMatch(out + err, /HOSP-4711/, 'the number of the hospital is told nowhere');
    return JSON.parse(out) as { readonly optedOutAtMs: number | null; readonly decisions: { readonly kind: string }[] };
  };
  assert.deepEqual((await record('show')).decisions, []);
  assert.notEqual((await record('opt-out')).optedOutAtMs, null);
  const back = await record('come-back');
  assert.deepEqual(
    back.decisions.map(({ kind }) => kind),
    ['withdraw-opt-out', 'opt-out'],
  );
  assert.deepEqual((await record('withdraw')).decisions.map(({ kind }) => kind).sort(), [
    'opt-out',
    'withdraw-opt-out',
    'withdrawal',
  ]);

  const curator = ['--token-file', await tokenFile('curator')];
  const refused = await unica('consent', 'opt-out', ...patient, ...curator);
  assert.notEqual(refused.code, 0);
  assert.match(refused.err, /protection-officer/);

  const basis = await unica('consent', 'basis', '--purpose', 'cancer-research', ...officer, '--json');
  assert.equal(basis.code, 0, basis.err);
  assert.equal((JSON.parse(basis.out) as { readonly kind: string }).kind, 'consent');
  assert.notEqual((await unica('consent', 'basis', ...officer)).code, 0, 'by law or by consent, one of them');
});

test('unica node dossier: what is missing is shown, a document is entered, one that is no good is refused', async (context) => {
  const { unica } = await house(context);
  const hindrances = async () => {
    const { code, out, err } = await unica('dossier', 'show', '--json');
    assert.equal(code, 0, err);
    return (JSON.parse(out) as { readonly hindrances: readonly string[] }).hindrances;
  };
  assert.ok((await hindrances()).includes('dpia'));
  const from = new Date().toISOString().slice(0, 10);
  const until = new Date(Date.now() + 200 * 86_400_000).toISOString().slice(0, 10);
  const said = ['--reference', 'file 2026-114', '--responsible', 'Data protection officer'];
  const entered = await unica('dossier', 'enter', 'dpia', ...said, '--from', from, '--until', until);
  assert.equal(entered.code, 0, entered.err);
  assert.ok(!(await hindrances()).includes('dpia'));
  const backwards = await unica('dossier', 'enter', 'dpia', ...said, '--from', until, '--until', from);
  assert.notEqual(backwards.code, 0);
  const unknown = await unica('dossier', 'enter', 'horoscope', ...said, '--from', from, '--until', until);
  assert.notEqual(unknown.code, 0);
  assert.match(unknown.err, /no such item/);
});
