import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KIT_LANGUAGES, KIT_SHEETS, kitPartnerSchema, kitSchema, type NetworkState } from '#wire';
import { makeKit } from './kit.ts';
import { kitPdf } from './kit-pdf.ts';

const tally = {
  sites: 3,
  datasets: 4,
  studies: 12_340,
  persons: 9_870,
  images: 45_000,
  syntheticStudies: 0,
  withheld: 0,
  withheldBelow: 0,
};
const STATE: NetworkState = {
  atMs: Date.UTC(2026, 10, 30),
  network: 'Cancer images of Europe',
  totals: { ...tally, countries: 2 },
  groups: { country: [], cancer: [], modality: [] },
  target: null,
  projects: 0,
  models: 0,
};
const PARTNER = {
  partnerId: 'partner-00000001',
  name: 'Hospital of Lisbon',
  kind: 'hospital',
  registerNumber: null,
  contact: 'privacy@hospital.example',
  website: null,
  choices: 'https://hospital.example/my-data',
  logo: null,
} as const;
const parts = { state: STATE, partner: PARTNER, partners: [], page: 'https://hub.example/kit' };

test('every language has the whole kit, in its own words, as the wire wants it', () => {
  const kits = KIT_LANGUAGES.map((language) => kitSchema.parse(makeKit({ ...parts, language })));
  for (const told of [
    (kit: (typeof kits)[number]) => kit.headline,
    (kit: (typeof kits)[number]) => kit.email.subject,
    (kit: (typeof kits)[number]) => kit.sms,
  ]) {
    assert.equal(new Set(kits.map(told)).size, KIT_LANGUAGES.length);
  }
  for (const kit of kits) {
    assert.equal(kit.pages.length, 4);
    const choices = kit.pages.find(({ page }) => page === 'choices')?.body.join(' ') ?? '';
    assert.match(choices, /2025\/327/, `${kit.language} names the regulation`);
    assert.match(choices, /71/, `${kit.language} names the article`);
    assert.match(choices, /2029/, `${kit.language} says from when`);
    assert.match(kit.pages[3]?.body.join(' ') ?? '', /2022\/868/, `${kit.language} names the Data Governance Act`);
    assert.ok(kit.sms.length <= 160 + PARTNER.choices.length, `${kit.language}: ${kit.sms.length} signs`);
  }
});

test('figures are those of the public state; what is nought is left out, and where nothing is known that is said', () => {
  const rows = (state: NetworkState) => makeKit({ ...parts, language: 'en', state }).figures;
  assert.deepEqual(
    rows(STATE).rows.map(({ value }) => value),
    ['12,340', '9,870', '3', '2'],
  );
  assert.equal(rows(STATE).title, 'The network in figures, 30 November 2026'.replace('30 November', 'November 30,'));
  const made = rows({ ...STATE, totals: { ...STATE.totals, syntheticStudies: 12_340 } });
  assert.equal(made.rows[1]?.value, '12,340', 'made examinations are told beside the others');
  const empty = { ...tally, sites: 0, datasets: 0, studies: 0, persons: 0, images: 0, countries: 0 };
  const { rows: nothing, notes } = rows({ ...STATE, totals: empty });
  assert.deepEqual([nothing, notes], [[], ['The network has not published any figures yet.']]);
  const withheld = rows({ ...STATE, totals: { ...STATE.totals, studies: 0, persons: 0 } });
  assert.deepEqual(
    withheld.rows.map(({ value }) => value),
    ['3', '2'],
    'what every node withheld is no nought',
  );
  const before = makeKit({ ...parts, language: 'en', state: { ...STATE, totals: empty } }).email.body;
  assert.doesNotMatch(before, /\d{2}/, 'the e-mail has no figure then');
});

test('the code leads to the choice of the partner, else to the page of the hub, else there is none', () => {
  const address = (kit: ReturnType<typeof makeKit>) => kit.choices?.address ?? null;
  assert.equal(address(makeKit({ ...parts, language: 'el' })), PARTNER.choices);
  assert.equal(address(makeKit({ ...parts, language: 'el', partner: null })), parts.page);
  const none = makeKit({ ...parts, language: 'en', partner: null, page: null });
  assert.equal(address(none), null);
  assert.match(none.sms, /you decide\.$/);
});

test('sheets are PDF where the fonts have every sign, and only there', () => {
  const writable = KIT_LANGUAGES.filter((language) => makeKit({ ...parts, language }).pdfs.length > 0);
  assert.deepEqual(writable, ['en', 'de', 'pt', 'it', 'es', 'et']);
  const greek = { ...PARTNER, name: 'Νοσοκομείο' };
  assert.deepEqual(makeKit({ ...parts, language: 'en', partner: greek }).pdfs, []);
  const kit = makeKit({ ...parts, language: 'de' });
  for (const sheet of KIT_SHEETS) {
    const text = new TextDecoder('latin1').decode(kitPdf(sheet, kit));
    assert.equal(text, new TextDecoder('latin1').decode(kitPdf(sheet, kit)), 'the same kit gives the same bytes');
    assert.match(text, /^%PDF-1\.7/);
    assert.match(text, /\/Lang \(de\)/);
    const boxes = [...text.matchAll(/MediaBox \[0 0 (\d+) (\d+)\]/g)].map(([, width, height]) => `${width}x${height}`);
    assert.deepEqual(
      boxes,
      { 'poster-a3': ['842x1191'], 'poster-a4': ['595x842'], leaflet: ['842x595', '842x595'] }[sheet],
    );
    const lows = [...text.matchAll(/1 0 0 1 ([\d.-]+) ([\d.-]+) Tm/g)].map(([, , y]) => Number(y));
    assert.ok(
      lows.every((y) => y > 10),
      `${sheet}: words below the edge`,
    );
  }
});

test('addresses that lead to scripts, or are longer than a code can be, are refused', () => {
  const { partnerId: _, logo: __, ...entered } = PARTNER;
  assert.ok(kitPartnerSchema.safeParse(entered).success);
  for (const choices of [
    'javascript:alert(1)',
    'data:text/html,x',
    'hospital.example',
    `https://a.example/${'b'.repeat(200)}`,
  ]) {
    assert.equal(kitPartnerSchema.safeParse({ ...entered, choices }).success, false, choices);
  }
});
