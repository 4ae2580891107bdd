import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '#base';
import { expectedOverObserved } from '#evaluation';
import { commonCalibration, recalibrated, withSiteShifts } from './recalibration.ts';

test('risks that are too high and too sure become right, and stay in order over the years', () => {
  const random = new SeededRandom('recalibrate');
  const rates = Array.from({ length: 8000 }, () => 0.015 * Math.exp(0.8 * random.normal()));
  const followUp = { years: [] as number[], events: [] as number[] };
  for (const rate of rates) {
    const [event, censored] = [-Math.log(1 - random.uniform()) / rate, 2 + 6 * random.uniform()];
    followUp.years.push(Math.min(event, censored));
    followUp.events.push(event <= censored ? 1 : 0);
  }
  const wrong = rates.map((rate) =>
    [1, 2, 3, 4, 5].map((year) => {
      const logit = Math.log(Math.expm1(rate * year));
      return 1 / (1 + Math.exp(-(1.5 * logit + 3)));
    }),
  );
  const calibration = commonCalibration({ risks: wrong, followUp }, { risks: wrong, followUp });
  assert.ok(Math.abs(calibration.slope - 1 / 1.5) < 0.08, String(calibration.slope));
  const right = wrong.map((risks) => recalibrated(risks, calibration));
  for (const atYears of [1, 3, 5]) {
    const told = right.map((risks) => risks[atYears - 1] ?? 0);
    assert.ok(Math.abs((expectedOverObserved(told, followUp, { atYears }).ratio ?? 0) - 1) < 0.01);
  }
  for (const risks of right) for (const [year, risk] of risks.entries()) assert.ok(risk >= (risks[year - 1] ?? 0));
});

test('a site moves by what it has seen: far with many events, hardly with few, not at all when it fits', () => {
  const common = { slope: 1, intercepts: [0], shifts: {} };
  const { shifts } = withSiteShifts(common, [
    { siteId: 'many', expected: 1000, observed: 1300 },
    { siteId: 'few', expected: 3, observed: 6 },
    { siteId: 'fits', expected: 50, observed: 50 },
  ]);
  assert.ok(Math.abs((shifts['many'] ?? 0) - Math.log(1.3)) < 0.01);
  assert.ok((shifts['few'] ?? 0) > 0.05 && (shifts['few'] ?? 0) < 0.15);
  assert.ok(Math.abs(shifts['fits'] ?? 1) < 1e-9);
  const [moved = 0] = recalibrated([0.1], { ...common, shifts }, 'many');
  const [unknown = 0] = recalibrated([0.1], { ...common, shifts }, 'elsewhere');
  assert.ok(moved > 0.12 && Math.abs(unknown - 0.1) < 1e-9);
});
