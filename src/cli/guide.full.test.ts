import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { createServer, request as forward, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { silentLog } from '#base';
import { noOpenssl, TestCertificates } from '#checkup';
import { type NodeConfig, nodeConfig, type RunningGuide, startGuide } from '#node';
import { openDatabase } from '#store';
import { type OpenPractice, startPracticeNetwork } from '#village';
import {
  type ImportView,
  type SetupStep,
  type SetupView,
  sessionViewSchema,
  setupEnrolledSchema,
  setupViewSchema,
} from '#wire';

const DAY_MS = 86_400_000;

/** Somebody in a browser: a cookie, and the token that writes carry. */
class Visitor {
  readonly #url: string;
  #cookie = '';
  #csrf = '';

  constructor(url: string) {
    this.#url = url;
  }

  async follow(link: string): Promise<Response> {
    const secret = new URL(link).hash.slice(1);
    const response = await this.ask('/auth/link', { secret });
    this.#cookie = response.headers.get('set-cookie')?.split(';')[0] ?? '';
    const session = sessionViewSchema.parse(await (await this.ask('/api/session')).json());
    this.#csrf = session.csrfToken ?? '';
    return response;
  }

  async ask(path: string, body?: unknown): Promise<Response> {
    return await fetch(`${this.#url}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { 'content-type': 'application/json', cookie: this.#cookie, 'x-unica-csrf': this.#csrf },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  async view(): Promise<SetupView> {
    return setupViewSchema.parse(await (await this.ask('/api/setup')).json());
  }

  async hub(hubUrl: string): Promise<SetupView> {
    return setupViewSchema.parse(await (await this.ask('/api/setup/hub', { hubUrl })).json());
  }
}

async function folderOf(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'unica-guide-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function guideOf(context: TestContext, home: string): Promise<{ config: NodeConfig; guide: RunningGuide }> {
  const config = nodeConfig({ home, port: '0', logLevel: 'silent' });
  const guide = await startGuide(config, silentLog);
  context.after(() => guide.close());
  return { config, guide };
}

async function visit(guide: RunningGuide): Promise<Visitor> {
  const visitor = new Visitor(guide.url);
  assert.equal((await visitor.follow(await guide.signInLink())).status, 204);
  return visitor;
}

async function practiceOf(context: TestContext, folder: string, approval: 'ask' | 'automatic'): Promise<OpenPractice> {
  const practice = await startPracticeNetwork(join(folder, 'network'), { approval });
  context.after(() => practice.close());
  return practice;
}

const stepOf = ({ steps }: SetupView, name: SetupStep['step']) => steps.find(({ step }) => step === name);

async function listening(context: TestContext, server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => new Promise((resolve) => server.close(resolve)));
  return (server.address() as AddressInfo).port;
}

/** A hub whose answers say another time, as seen from a machine whose own clock is off by as much. */
function offBy(hubUrl: string, ms: number): RequestListener {
  return (asked, reply) => {
    const to = forward(new URL(asked.url ?? '/', hubUrl), { method: asked.method, headers: asked.headers }, (got) => {
      reply.writeHead(got.statusCode ?? 502, { ...got.headers, date: new Date(Date.now() + ms).toUTCString() });
      got.pipe(reply);
    });
    asked.pipe(to);
  };
}

test('every way out that is shut is told with what mends it, whose it is, and a letter; and the step is done once it is open', async (context) => {
  const folder = await folderOf(context);
  const practice = await practiceOf(context, folder, 'ask');
  const { guide } = await guideOf(context, join(folder, 'Κόμβος вузол 節點'));
  const person = await visit(guide);
  assert.equal(stepOf(await person.view(), 'way-out')?.state, 'open');
  const elsewhere = await listening(
    context,
    createServer((_, reply) => reply.end('<html>Sign in to the hospital network</html>')),
  );
  const dayOff = await listening(context, createServer(offBy(practice.hubUrl, DAY_MS)));
  for (const [what, hubUrl, step, code, turn] of [
    [
      'a name that nobody has',
      'https://hub.invalid',
      'way-out',
      /^checkup\.(name-unknown|no-name-server)$/,
      /it|operator/,
    ],
    ['a closed port', 'http://127.0.0.1:1', 'way-out', /^checkup\.port-refused$/, /it/],
    [
      'a page in the place of the hub',
      `http://127.0.0.1:${elsewhere}`,
      'way-out',
      /^checkup\.not-a-hub$/,
      /it|operator/,
    ],
    ['a clock that is a day off', `http://127.0.0.1:${dayOff}`, 'machine', /^checkup\.clock-off$/, /it|operator/],
  ] as const) {
    const view = await person.hub(hubUrl);
    const own = stepOf(view, step);
    assert.equal(own?.state, 'blocked', what);
    assert.match(own.code ?? '', code, what);
    assert.match(own.turn ?? '', turn, what);
    assert.ok((own.next ?? '').length > 10, `${what}: what to do`);
    assert.equal(stepOf(view, 'enrolment')?.state, 'later', what);
    if (own.turn === 'it') assert.ok(view.checkup.forIt?.includes(own.says), `${what}: in the letter`);
  }
  const open = await person.hub(practice.hubUrl);
  assert.deepEqual([stepOf(open, 'machine')?.state, stepOf(open, 'way-out')?.state], ['done', 'done']);
});

test('a firewall that opens encrypted connections is named by who issued its certificate', {
  skip: noOpenssl,
}, async (context) => {
  const folder = await folderOf(context);
  const made = new TestCertificates(folder);
  made.authority('hospital', 'Hospital TLS Inspection');
  made.issued('server', 'hospital', { names: 'IP:127.0.0.1,DNS:localhost' });
  const port = await listening(
    context,
    createSecureServer(made.pair('server'), (_, reply) => reply.end()),
  );
  const { guide } = await guideOf(context, join(folder, 'node'));
  const view = await (await visit(guide)).hub(`https://127.0.0.1:${port}`);
  const own = stepOf(view, 'way-out');
  assert.deepEqual([own?.state, own?.code, own?.turn], ['blocked', 'checkup.certificate-untrusted', 'it']);
  assert.match(own?.says ?? '', /Hospital TLS Inspection/);
  assert.match(view.checkup.forIt ?? '', /Hospital TLS Inspection/);
});

const canMount = spawnSync('unshare', ['-m', 'true']).status === 0 && process.getuid?.() === 0;
const noMount = canMount ? false : 'a small disk can be mounted by root alone';

test('a folder that cannot be written, and a disk that is full: the pages are there all the same', {
  skip: noMount,
}, async (context) => {
  const folder = await folderOf(context);
  for (const [name, options, code] of [
    ['read-only', 'ro,size=64m', 'checkup.folder-unwritable'],
    ['full', 'size=1m', 'checkup.disk-full'],
  ] as const) {
    const home = join(folder, name);
    await mkdir(home);
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', home]);
    if (mounted.status !== 0) return context.skip(`mount: ${mounted.stderr}`);
    if (name === 'full') await writeFile(join(home, 'filler'), new Uint8Array(2_000_000)).catch(() => undefined);
    const { guide } = await guideOf(context, home);
    try {
      const own = stepOf(await (await visit(guide)).view(), 'machine');
      assert.deepEqual([own?.state, own?.code], ['blocked', code], name);
      assert.ok((own?.next ?? '').length > 10, name);
    } finally {
      await guide.close();
      spawnSync('umount', [home]);
    }
  }
});

test('a wrong code leads to the fix; of two people who join at once both go on; broken off, it goes on where it stands', async (context) => {
  const folder = await folderOf(context);
  const practice = await practiceOf(context, folder, 'ask');
  const home = join(folder, 'Ligoninės mazgas ž');
  const { config, guide } = await guideOf(context, home);
  const link = await guide.signInLink();
  const [first, second] = [new Visitor(guide.url), await visit(guide)];
  assert.equal((await first.follow(link)).status, 204);
  const again = await (await new Visitor(guide.url).ask('/auth/link', { secret: new URL(link).hash.slice(1) })).json();
  assert.equal((again as { code: string }).code, 'identity.link-refused', 'a link works once');
  const stranger = new Visitor(guide.url);
  for (const [path, body] of [
    ['/api/setup'],
    ['/api/setup/hub', { hubUrl: practice.hubUrl }],
    ['/api/setup/enrolment', { code: practice.code }],
  ] as const)
    assert.equal((await stranger.ask(path, body)).status, 401, `${path} is for nobody else`);

  const unnamed = (await (await first.ask('/api/setup/enrolment', { code: practice.code })).json()) as { code: string };
  assert.equal(unnamed.code, 'http.invalid-input', 'a hub is named first');
  await first.hub(practice.hubUrl);
  const wrong = (await (await first.ask('/api/setup/enrolment', { code: 'ABCD-EFGH-JKMN-PQRS' })).json()) as {
    detail: string;
    mend: string;
  };
  assert.match(wrong.detail, /No invitation of this network has that code/);
  assert.match(wrong.detail, /Look at the code again.*ask the coordinator for a new one/);
  // The try left keys behind; the step stands where it stood.
  assert.equal(stepOf(await first.view(), 'enrolment')?.state, 'open');

  const both = await Promise.all(
    [first, second].map((one) => one.ask('/api/setup/enrolment', { code: practice.code.toLowerCase() })),
  );
  assert.deepEqual(
    both.map(({ status }) => status),
    [200, 200],
  );
  const enrolled = await Promise.all(both.map(async (one) => setupEnrolledSchema.parse(await one.json())));
  assert.deepEqual(
    enrolled.map(({ siteId }) => siteId),
    ['practice', 'practice'],
  );
  await until(() => guide.node() !== undefined);
  const [atNode, beside] = [new Visitor(guide.url), new Visitor(guide.url)];
  for (const [place, visitor] of [atNode, beside].entries())
    assert.equal((await visitor.follow(`${guide.url}/welcome#${enrolled[place]?.link}`)).status, 204);
  assert.equal((await beside.view()).site?.siteId, 'practice');
  const standing = await atNode.view();
  assert.deepEqual([standing.site?.siteId, standing.measures.isRunning], ['practice', true]);
  for (const path of ['/api/setup/practice-dossier', '/api/setup/practice-count'])
    assert.equal((await atNode.ask(path, {})).status, 404, `${path} is for practice`);
  await until(async () => stepOf(await atNode.view(), 'membership')?.state === 'done');

  // Broken off and begun again, by somebody else, with another link: the same way, and nothing is asked twice.
  await guide.close();
  const later = await startGuide({ ...config, port: 0 }, silentLog);
  context.after(() => later.close());
  const view = await (await visit(later)).view();
  assert.equal(stepOf(view, 'enrolment')?.state, 'done');
  assert.equal(stepOf(view, 'dossier')?.state, 'open');
  assert.equal(view.hubUrl, practice.hubUrl);
});

test('a code that ran out, and one that was used, each lead to their own fix; a new one opens the way', async (context) => {
  const folder = await folderOf(context);
  const practice = await practiceOf(context, folder, 'automatic');
  const { guide } = await guideOf(context, join(folder, 'node'));
  const person = await visit(guide);
  await person.hub(practice.hubUrl);
  const tell = async (visitor: Visitor) => {
    const answer = await visitor.ask('/api/setup/enrolment', { code: practice.code });
    return { status: answer.status, told: (await answer.json()) as { code: string; detail: string; mend: string } };
  };
  const expiry = async (expiresAtMs: number) => {
    const records = await openDatabase<{ enrolment_codes: { expires_at_ms: number } }>({
      engine: 'sqlite',
      path: join(folder, 'network', 'hub', 'hub.sqlite'),
    });
    await records.kysely.updateTable('enrolment_codes').set({ expires_at_ms: expiresAtMs }).execute();
    await records.close();
  };
  await expiry(Date.UTC(2026, 0, 31, 12));
  const { told: late } = await tell(person);
  assert.match(late.detail, /ran out on 2026-01-31T12:00/);
  assert.match(late.detail, /Ask the coordinator for a new code/);
  assert.equal(stepOf(await person.view(), 'enrolment')?.state, 'open', 'the step stands where it stood');
  await expiry(Date.now() + DAY_MS);
  assert.equal((await tell(person)).status, 200, 'with a code that holds the same folder goes on');
  await until(() => guide.node() !== undefined);

  const { guide: elsewhere } = await guideOf(context, join(folder, 'another'));
  const other = await visit(elsewhere);
  await other.hub(practice.hubUrl);
  const { told: again } = await tell(other);
  assert.match(again.detail, /was used already, on 20.*start it from the folder.*tell the coordinator at once/);
});

test('images from a folder in another script are in, and what lacks after them is said', async (context) => {
  const folder = await folderOf(context);
  const practice = await practiceOf(context, folder, 'automatic');
  const home = join(folder, 'node');
  const { guide } = await guideOf(context, home);
  const person = await visit(guide);
  await person.hub(practice.hubUrl);
  const { link } = setupEnrolledSchema.parse(
    await (await person.ask('/api/setup/enrolment', { code: practice.code })).json(),
  );
  await until(() => guide.node() !== undefined);
  const owner = new Visitor(guide.url);
  await owner.follow(`${guide.url}/welcome#${link}`);
  const films = join(folder, 'Μαστογραφίες знімки');
  await mkdir(films);
  await writeFile(join(films, 'not an image.txt'), 'text');
  const bad = await owner.ask('/api/imports', { path: join(folder, 'nowhere') });
  assert.equal(bad.status, 200);
  await until(async () => (await importOf(owner)).state !== 'running');
  const { state, rejected } = await importOf(owner);
  assert.ok(state === 'failed' || rejected.length > 0, 'a folder that is not there is told');
  await rename(practice.films, join(films, 'films'));
  assert.equal((await owner.ask('/api/imports', { path: films })).status, 200);
  await until(async () => (await owner.view()).measures.images === 24);
  const view = await owner.view();
  assert.equal(stepOf(view, 'images')?.state, 'done');
  assert.ok((view.measures.qualityScore ?? 0) > 0);
  assert.deepEqual(stepOf(view, 'dataset')?.first, ['dossier']);
  assert.deepEqual(stepOf(view, 'tier-2')?.first, ['tier-1']);
});

async function importOf(owner: Visitor): Promise<ImportView> {
  const { items } = (await (await owner.ask('/api/imports')).json()) as { items: ImportView[] };
  const [last] = items;
  assert.ok(last !== undefined);
  return last;
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = performance.now() + 60_000;
  while (!(await holds())) {
    assert.ok(performance.now() < endMs, 'it does not come about');
    await new Promise((resolve) => {
      setTimeout(resolve, 100);
    });
  }
}
