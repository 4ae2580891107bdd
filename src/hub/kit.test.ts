import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openJournal } from '#audit';
import { silentLog, UnicaError } from '#base';
import { readabilityOfParts } from '#consent';
import { generateKeys } from '#identity';
import { KIT_WORDS } from '#outreach';
import { forEachEngine } from '#store';
import { KIT_LANGUAGES, kitReachSchema, kitSchema } from '#wire';
import { createHubToken, hubConfig, startHub } from './index.ts';
import { KitBook } from './kit-book.ts';
import { type AllHubTables, allHubMigrations } from './records.ts';

const URL = process.env['UNICA_TEST_POSTGRES_URL'];
const codeIs = (code: string) => (error: unknown) => error instanceof UnicaError && error.code === code;
const PARTNER = {
  name: 'Hospital',
  kind: 'hospital',
  registerNumber: null,
  contact: 'Room 12',
  website: null,
  choices: 'https://hospital.example/choices',
} as const;
const SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 4"><rect width="4" height="4"/></svg>';

test('the words are plain by the measure that the texts of consent are held to', () => {
  for (const language of KIT_LANGUAGES) {
    const { headline, tagline, points, pages, sms } = KIT_WORDS[language];
    const read = readabilityOfParts(language, [
      ...[headline, tagline, sms, ...points],
      ...Object.values(pages).flatMap(({ title, body }) => [title, ...body]),
    ]);
    assert.ok(
      read.isPlain,
      `${language}: LIX ${read.lix.toFixed(1)} of ${read.mostLix}, ${read.wordsPerSentence.toFixed(1)} words`,
    );
  }
});

forEachEngine(test, URL, 'kit: partners with logos, and counters that only add up', async (open, context) => {
  const database = await open<AllHubTables>(context, allHubMigrations);
  let nowMs = Date.UTC(2026, 10, 30, 12);
  const clock = () => nowMs;
  const journal = openJournal(database, { keys: generateKeys(), clock });
  let made = 0;
  const newId = (prefix: string) => {
    made += 1;
    return `${prefix}-0000000${made}`;
  };
  const kit = new KitBook({ db: database.kysely, journal, clock, newId });
  const partnerId = await kit.add(PARTNER, 'c');
  await kit.setLogo(partnerId, { mediaType: 'image/svg+xml', bytes: new TextEncoder().encode(SVG) }, 'c');
  await kit.change(partnerId, { ...PARTNER, name: 'Other hospital' }, 'c');
  const [partner] = await kit.partners();
  assert.deepEqual([partner?.name, partner?.logo?.startsWith('/api/kit/partners/')], ['Other hospital', true]);
  assert.equal(
    Buffer.from((await kit.logo(partnerId)).base64, 'base64').toString(),
    SVG,
    'a change of words keeps the logo',
  );
  await assert.rejects(kit.change('partner-none0000', PARTNER, 'c'), codeIs('http.not-found'));

  const poster = { material: 'poster-a4', language: 'el' } as const;
  await Promise.all(Array.from({ length: 20 }, () => kit.count({ ...poster, use: 'view' })));
  await kit.count({ ...poster, use: 'print' });
  nowMs += 86_400_000;
  await kit.count({ ...poster, use: 'view' });
  await kit.handOut({ ...poster, day: '2026-11-30', count: 50, because: 'given at the desk' }, 'c');
  await assert.rejects(
    kit.handOut({ ...poster, day: '2026-12-02', count: 1, because: 'too early' }, 'c'),
    codeIs('hub.kit-day-ahead'),
  );
  const reach = kitReachSchema.parse(await kit.reach());
  assert.deepEqual(reach.rows, [{ ...poster, view: 21, print: 1, download: 0, copy: 0, 'handed-out': 50 }]);
  assert.deepEqual(
    reach.days.map(({ day, view }) => [day, view]),
    [
      ['2026-12-01', 1],
      ['2026-11-30', 20],
    ],
  );
  await Promise.all(Array.from({ length: 1300 }, () => kit.count({ material: 'sms', language: 'en', use: 'view' })));
  assert.equal((await kit.reach()).rows.find(({ material }) => material === 'sms')?.view, 1199, 'no more in a minute');
  const columns = Object.keys((await database.kysely.selectFrom('kit_uses').selectAll().executeTakeFirst()) ?? {});
  assert.deepEqual(columns.sort(), ['count', 'day', 'language', 'material', 'use'], 'nothing about who');

  await kit.remove(partnerId, 'c');
  await assert.rejects(kit.logo(partnerId), codeIs('http.not-found'));
  assert.equal((await kit.reach()).rows.length, 2, 'the counters stay');
  const actions = (
    await journal.spans(['kit.partner-added', 'kit.logo-set', 'kit.handed-out', 'kit.partner-removed'], 'actor')
  ).map(({ action }) => action);
  assert.equal(actions.length, 4);
});

test('at a running hub: a coordinator enters a partner, everybody reads, prints and is counted, nobody else sees the reach', async (context) => {
  const home = await mkdtemp(join(tmpdir(), 'unica-kit-'));
  const config = hubConfig({ home, port: '0', demonstration: 'true', logLevel: 'silent' });
  const hub = await startHub(config, silentLog);
  context.after(async () => {
    await hub.close();
    await rm(home, { recursive: true, force: true });
  });
  const token = async (role: 'coordinator' | 'auditor' | 'researcher') =>
    await createHubToken(config, { name: role, roles: [role], days: 1 });
  const [coordinator, researcher] = [await token('coordinator'), await token('researcher')];
  const ask = async (path: string, init: RequestInit = {}, bearer?: string) =>
    await fetch(`${hub.url}/api/kit${path}`, {
      ...init,
      headers: {
        ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
        ...(typeof init.body === 'string' ? { 'content-type': 'application/json' } : {}),
        ...(init.headers as Record<string, string> | undefined),
      },
    });
  const json = (body: unknown, method = 'POST') => ({ method, body: JSON.stringify(body) });
  assert.equal((await ask('/partners', json(PARTNER), researcher)).status, 403);
  const { partnerId } = (await (await ask('/partners', json(PARTNER), coordinator)).json()) as { partnerId: string };
  const logo = (body: string) => ({
    method: 'POST',
    body: new Blob([body]),
    headers: { 'content-type': 'application/octet-stream' },
  });
  const script = SVG.replace('</svg>', '<script>alert(1)</script></svg>');
  assert.equal((await ask(`/partners/${partnerId}/logo`, logo(script), coordinator)).status, 200);
  assert.equal((await ask(`/partners/${partnerId}/logo`, logo('GIF89a'), coordinator)).status, 400);
  const kit = kitSchema.parse(await (await ask(`?language=de&partner=${partnerId}`)).json());
  assert.deepEqual([kit.partner?.name, kit.choices?.address], [PARTNER.name, PARTNER.choices]);
  const shown = await fetch(`${hub.url}${kit.partner?.logo}`);
  assert.deepEqual([shown.headers.get('content-type'), await shown.text()], ['image/svg+xml', SVG]);
  assert.match(shown.headers.get('content-security-policy') ?? '', /default-src 'none'; sandbox/);
  assert.equal(shown.headers.get('x-content-type-options'), 'nosniff');
  assert.deepEqual(kit.figures.rows, [], 'a hub without data has no figure');
  const pdf = await ask(`/sheets/leaflet?language=de&partner=${partnerId}`);
  assert.deepEqual([pdf.status, pdf.headers.get('content-type')], [200, 'application/pdf']);
  assert.equal(
    (await ask('/sheets/leaflet?language=uk')).status,
    404,
    'no PDF that would have question marks for letters',
  );
  assert.equal((await ask('/uses', json({ material: 'leaflet', language: 'uk', use: 'print' }))).status, 200);
  assert.equal((await ask('/uses', json({ material: 'leaflet', language: 'uk', use: 'handed-out' }))).status, 400);
  assert.equal((await ask('/uses', json({ material: 'leaflet', language: 'uk', use: 'view', who: 'me' }))).status, 400);
  assert.equal((await ask('/reach')).status, 401);
  const { rows } = kitReachSchema.parse(await (await ask('/reach', {}, await token('auditor'))).json());
  assert.deepEqual(
    rows.map(({ language, print, download }) => [language, print, download]),
    [
      ['de', 0, 1],
      ['uk', 1, 0],
    ],
  );
  assert.match(await (await ask('/reach.csv', {}, coordinator)).text(), /leaflet,uk,print,1$/m);
  // The same counters stand in the coordinator's report.
  const reported = await fetch(`${hub.url}/api/progress/tables/outreach`, {
    headers: { authorization: `Bearer ${coordinator}` },
  });
  assert.equal(
    (await reported.text()).trim(),
    'material,language,opened,printed,kept as a file,copied,handed out\r\nleaflet,German,0,0,1,0,0\r\nleaflet,Ukrainian,0,1,0,0,0',
  );
});
