import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8 } from '#base';
import { isFaithfulByGates } from './map-gates.ts';

const SPEC = { architecture: 'resnet8' } as never;

function foundOf(gates: unknown) {
  const parts = gates === undefined ? undefined : { 'gates.json': utf8(JSON.stringify(gates)) };
  return isFaithfulByGates({ spec: SPEC, parameters: new Float32Array(), parts }, 'location-map');
}

test('what gates found of a method is told, and that they were not run for it', () => {
  assert.equal(foundOf(undefined), undefined);
  assert.equal(foundOf([{ method: 'grad-cam', gates: [], faithful: false }]), undefined);
  assert.equal(foundOf([{ method: 'location-map', gates: [], faithful: false }]), false);
  assert.equal(foundOf([{ method: 'location-map', gates: [], faithful: true }]), true);
  assert.throws(() => foundOf({}), { code: 'models.folder-damaged' });
});
