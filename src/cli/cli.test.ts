import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readEnvironment } from './environment.ts';
import { runCommand } from './run-command.ts';

const PROGRAM = fileURLToPath(new URL('./main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'unica-cli-'));
const at = (name: string, content: string): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The program as its users start it. */
function unica(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [PROGRAM, ...args], {
      env: { PATH: process.env['PATH'], ...env },
      cwd: folder,
    });
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text;
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, out, err }));
  });
}

/** A command in this process: all that `main.ts` does but for signals, streams and leaving. */
async function command(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  let out = '';
  let err = '';
  const code = await runCommand(args, {
    environment: readEnvironment(env),
    out: { write: (text) => (out += text) },
    err: { write: (text) => (err += text) },
    signal: new AbortController().signal,
  });
  return { code: code ?? 0, out, err };
}

const unusable: readonly { readonly name: string; readonly args: readonly string[]; readonly says: RegExp }[] = [
  { name: 'an unknown command', args: ['dmeo'], says: /unknown command 'dmeo'.*demo.*--help/ },
  { name: 'an unknown option', args: ['demo', '--onse'], says: /unknown option '--onse'.*--once/ },
  { name: 'a number out of range', args: ['demo', '--rounds', '0'], says: /--rounds.*whole number from 1 to 200/ },
  {
    name: 'a strategy nobody knows',
    args: ['learn', 'simulate', '--npz', 'a', '--strategy', 'fedavgg'],
    says: /--strategy.*fedavg, fedavgm/,
  },
  {
    name: 'a strategy without its numbers',
    args: ['learn', 'simulate', '--npz', 'a', '--strategy', '{"kind":"fedprox"}'],
    says: /--strategy.*"mu":0.01/,
  },
  {
    name: 'two sources at once',
    args: ['demo', '--npz', 'a', '--images', 'b'],
    says: /--(npz|images).*cannot be used with.*--(npz|images)/,
  },
  {
    name: 'a record of a profile that is none',
    args: ['catalogue', 'validate', at('empty.ttl', ''), '--profile', 'r9'],
    says: /no profile r9.*healthdcat-r8, healthdcat-r5, eucaim-v2, dcat-ap-3/i,
  },
  {
    name: 'a record that is none',
    args: ['catalogue', 'validate', at('nothing.ttl', '<urn:a> <urn:b> 1 .'), '--profile', 'dcat-ap-3'],
    says: /nothing\.ttl cannot be used: .*describes no dataset/,
  },
  {
    name: 'a record with a fault in its third line',
    args: ['catalogue', 'validate', at('broken.ttl', '\n\n<urn:a> <urn:b> .'), '--profile', 'dcat-ap-3'],
    says: /broken\.ttl cannot be used: .*line 3/,
  },
  {
    name: 'a missing record',
    args: ['catalogue', 'validate', 'nowhere.ttl', '--profile', 'dcat-ap-3'],
    says: /nowhere\.ttl/,
  },
  {
    name: 'a demo of a missing folder',
    args: ['demo', '--once', '--images', 'nowhere'],
    says: /no folder of images at .*nowhere.*--images/,
  },
  {
    name: 'a demo of a missing file',
    args: ['demo', '--once', '--npz', 'nowhere.npz'],
    says: /no MedMNIST file at .*nowhere.npz/,
  },
  { name: 'an import without a path', args: ['import'], says: /missing required argument 'path'/ },
  { name: 'an import of a missing folder', args: ['import', 'nowhere'], says: /no file or folder at nowhere/ },
  {
    name: 'an import into a folder without a node',
    args: ['import', folder, '--home', join(folder, 'empty')],
    says: /holds no node yet/,
  },
  {
    name: 'a country in small letters',
    args: ['node', 'init', '--hub', 'http://127.0.0.1:1', '--code', 'x', '--site', 'a1', '--country', 'pt'],
    says: /--country.*two capital letters/,
  },
  {
    name: 'a hub address that is none',
    args: ['node', 'init', '--hub', 'hub', '--code', 'x', '--site', 'a1', '--country', 'PT'],
    says: /--hub.*address such as/,
  },
  {
    name: 'a role that does not exist',
    args: ['hub', 'token', '--name', 'x', '--roles', 'king'],
    says: /--roles.*researcher/,
  },
  { name: 'inspecting what is no DICOM file', args: ['inspect', at('note.txt', 'no film')], says: /note\.txt/ },
  { name: 'training on a file that is no npz', args: ['train', '--npz', at('broken.npz', 'PK no zip')], says: /./ },
  {
    name: 'a model folder that is none',
    args: ['evaluate', '--model', folder, '--npz', at('other.npz', '')],
    says: /./,
  },
  {
    name: 'a question that is no JSON',
    args: ['search', at('q.json', '{'), '--hub', 'http://127.0.0.1:1', '--token-file', at('t', 'x')],
    says: /q\.json.*not JSON/,
  },
  {
    name: 'a question on an unknown field',
    args: [
      'search',
      at('q2.json', '{"is":"shoeSize","in":["44"]}'),
      '--hub',
      'http://127.0.0.1:1',
      '--token-file',
      at('t', 'x'),
    ],
    says: /q2\.json/,
  },
  {
    name: 'an audit of a folder without a service',
    args: ['audit', 'verify', '--home', folder],
    says: /neither a hub nor a node/,
  },
  {
    name: 'the sites of a hub that is not there',
    args: ['hub', 'sites', '--home', join(folder, 'no-hub')],
    says: /holds neither a hub nor a node/,
  },
  {
    name: 'a site of a hub that is not there',
    args: ['hub', 'sites', 'approve', 'lisbon', '--because', 'x', '--home', join(folder, 'no-hub')],
    says: /holds neither a hub nor a node/,
  },
  {
    name: 'an audit of something that nobody exported',
    args: ['audit', 'verify', '--file', at('journal.jsonl', 'once upon a time\n')],
    says: /Line 1 is not of an exported journal: it is not JSON/,
  },
  {
    name: 'a receiver that was not told who may send',
    args: ['node', 'start', '--home', folder, '--dicom-port', '11112'],
    says: /dicomPeers.*who may send/,
  },
  {
    name: 'a pull from what is no DICOM address',
    args: ['node', 'pull', '--from', 'pacs.example', '--query', 'Modality=MG'],
    says: /--from.*PACS@192\.0\.2\.7:104/,
  },
  { name: 'a pull of nothing', args: ['node', 'pull', '--from', 'PACS@127.0.0.1:1'], says: /--accession-list/ },
  {
    name: 'a pull by a list with a wildcard',
    args: ['node', 'pull', '--from', 'PACS@127.0.0.1:1', '--accession-list', at('list.txt', 'A1\nA*\n')],
    says: /Line 2/,
  },
  {
    name: 'a pull by an attribute that does not exist',
    args: ['node', 'pull', '--from', 'PACS@127.0.0.1:1', '--query', 'ShoeSize=44'],
    says: /ShoeSize/,
  },
  {
    name: 'a pull into a folder without a node',
    args: ['node', 'pull', '--from', 'P@127.0.0.1:1', '--query', 'Modality=MG', '--home', join(folder, 'empty')],
    says: /holds no node yet/,
  },
  {
    name: 'a vault that is asked about nobody',
    args: ['node', 'vault', 'find', '--token-file', at('t2', 'x'), '--reason', 'for a test'],
    says: /--patient-file, --pseudonym/,
  },
  {
    name: 'a vault within the data folder',
    args: ['node', 'vault', 'check', '--home', folder, '--vault', join(folder, 'v'), '--vault-key-file', '/k'],
    says: /must not lie in the node's data folder/,
  },
  {
    name: 'a vault among the cleaned files',
    args: ['deidentify', folder, join(folder, 'o'), '--vault', join(folder, 'o', 'v'), '--vault-key-file', '/k'],
    says: /must not lie in the folder of the cleaned files/,
  },
  {
    name: 'a secret that is too short',
    args: ['deidentify', folder, join(folder, 'o'), '--secret-file', at('short', 'sixteen bytes...')],
    says: /at least 32 bytes/,
  },
  {
    name: 'going on with a run whose secret nobody has',
    args: ['deidentify', folder, join(folder, 'o'), '--resume'],
    says: /--secret-file/,
  },
  {
    name: 'a prediction of no model',
    args: ['predict', '--model', './nowhere', 'film.dcm'],
    says: /no model in .*nowhere/,
  },
  { name: 'an environment setting that cannot be', args: ['hub', 'start'], says: /port/ },
];

/** What the program says of itself, what it is refused by a room, and what it reads from outside: also as users start it. */
const STARTED = ['an unknown command', 'an import of a missing folder', 'an environment setting that cannot be'];

for (const { name, args, says } of unusable) {
  test(`${name}: one clear line, exit 2`, async () => {
    const run = STARTED.includes(name) ? unica : command;
    const { code, out, err } = await run([...args], name.startsWith('an environment') ? { UNICA_PORT: 'x' } : {});
    assert.equal(code, 2, err);
    assert.equal(out, '');
    assert.match(err, says);
    assert.equal(err.trimEnd().split('\n').length, 1, err);
    assert.doesNotMatch(err, /\n\s+at /, 'no trace');
  });
}

const commands = [
  ...[['demo'], ['import'], ['deidentify'], ['inspect'], ['quality'], ['search'], ['train'], ['evaluate']],
  ...[
    ['hub', 'start'],
    ['hub', 'token'],
    ['node', 'init'],
    ['node', 'start'],
    ['node', 'status'],
    ['node', 'token'],
    ['node', 'pull'],
    ['node', 'dicom-echo'],
    ...['init', 'find', 'export', 'forget', 'rotate-key', 'check'].map((name) => ['node', 'vault', name]),
  ],
  ...[
    ['synth', 'chest'],
    ['synth', 'mammography'],
    ['audit', 'verify'],
    ['audit', 'export'],
  ],
];

for (const [index, words] of commands.entries()) {
  test(`${words.join(' ')} --help shows an example`, async () => {
    const { code, out } = await (index === 0 ? unica : command)([...words, '--help']);
    assert.equal(code, 0);
    assert.match(out, new RegExp(`Examples?:\\n +(echo .*\\n +)?unica ${words.join(' ')}`));
  });
}

test('a DICOM system that does not answer is told, exit 1', async () => {
  const { code, out, err } = await unica(['node', 'dicom-echo', 'PACS@127.0.0.1:1']);
  assert.deepEqual([code, out], [1, '']);
  assert.match(err, /No connection to the DICOM system PACS/);
});

test('a busy port is told with its number', async () => {
  const server = createServer();
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
  const { code, err } = await unica(['hub', 'start', '--home', join(folder, 'hub'), '--port', String(port)]);
  server.close();
  assert.equal(code, 2, err);
  assert.match(err, new RegExp(`port ${port} is already used`));
});

test('a reader that stops reading is no failure', async () => {
  const child = spawn(process.execPath, [PROGRAM, '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  let err = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  assert.deepEqual([code, err], [0, '']);
});

test('catalogue validate answers as one document, and fails where a record does not conform', async () => {
  const record = at(
    'record.ttl',
    '@prefix dcat: <http://www.w3.org/ns/dcat#> . <https://x.example/d> a dcat:Dataset ; <http://purl.org/dc/terms/title> "A"@en .',
  );
  const { code, out } = await unica(['catalogue', 'validate', record, '--profile', 'dcat-ap-3', '--json']);
  assert.equal(code, 1);
  const { conforms, violations, warnings } = JSON.parse(out);
  assert.equal(conforms, false);
  assert.deepEqual(
    violations.map((one: { focus: string; path: string }) => [one.focus, one.path]),
    [['https://x.example/d', 'http://purl.org/dc/terms/description']],
  );
  assert.match(violations[0].fix, /^Add dct:description: /);
  assert.ok(warnings.length > 0);
});
