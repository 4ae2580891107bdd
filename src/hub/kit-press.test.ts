import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UnicaError } from '#base';
import type { KitPartnerView, NetworkState } from '#wire';
import { openKitPress } from './kit-press.ts';

const stateOf = (studies: number): NetworkState => ({
  network: 'Network',
  atMs: Date.UTC(2026, 10, 30),
  totals: {
    ...{ sites: 2, countries: 2, datasets: 3, studies, syntheticStudies: 0, persons: 600, images: 9000 },
    ...{ withheld: 0, withheldBelow: 0 },
  },
  groups: { country: [], cancer: [], modality: [] },
  target: null,
  projects: 0,
  models: 0,
});
const partnerOf = (name: string): KitPartnerView => ({
  partnerId: 'partner-00000001',
  name,
  kind: 'hospital',
  registerNumber: null,
  contact: 'Room 12',
  website: null,
  choices: null,
  logo: null,
});
const codeIs = (code: string) => (error: unknown) => error instanceof UnicaError && error.code === code;

test('a kit and its sheets are made once while state and partners stand, and new sheets only so often', async () => {
  const house = { state: stateOf(1000), partners: [partnerOf('One')], now: 0 };
  const press = openKitPress({
    state: async () => house.state,
    partners: async () => house.partners,
    page: 'https://hub.example/kit',
    clock: () => house.now,
  });
  const wanted = { language: 'de', partner: 'partner-00000001' } as const;
  const first = await press.kit(wanted);
  assert.equal(await press.kit(wanted), first);
  house.partners = [partnerOf('Two')];
  assert.equal((await press.kit(wanted)).partner?.name, 'Two');
  assert.notDeepEqual((await press.kit({ language: 'en' })).headline, first.headline);
  house.state = stateOf(2000);
  assert.notDeepEqual((await press.kit(wanted)).figures, first.figures);
  await assert.rejects(press.kit({ language: 'de', partner: 'partner-none0000' }), codeIs('http.not-found'));
  await assert.rejects(press.sheet('leaflet', { language: 'uk' }), codeIs('http.not-found'));

  const drawn = await press.sheet('leaflet', wanted);
  for (let i = 0; i < 40; i += 1) assert.equal(await press.sheet('leaflet', wanted), drawn);
  const another = async () => {
    house.state = stateOf(3000);
    return await press.sheet('poster-a4', wanted);
  };
  for (let i = 1; i < 30; i += 1) await another();
  await assert.rejects(another(), codeIs('http.too-often'));
  house.now += 500;
  await another();
  await assert.rejects(another(), codeIs('http.too-often'));
});
