import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDicom, TAGS, writeDicom } from '#dicom';
import { tagOf } from '#vocab';
import { benchDeid } from './bench-deid.ts';
import { plantedObjects } from './deid-answer-key.ts';

const SETTINGS = { files: [], actions: 3000, seed: 'test' } as const;

function scores(clean?: (bytes: Uint8Array) => Uint8Array | undefined): ReadonlyMap<string, number> {
  const measurements = [...benchDeid({ ...SETTINGS, clean })];
  return new Map(measurements.map(({ name, value }) => [name.replace('deid ', ''), value]));
}

test('our own de-identification does what the key asks', () => {
  const wrong: string[] = [];
  const measurements = [
    ...benchDeid({ ...SETTINGS, onWrong: (action, became) => wrong.push(`${action.kind}: ${became}`) }),
  ];
  assert.deepEqual(wrong, []);
  assert.equal(measurements[0]?.value, 100);
});

test('an object that is left as it was fails where something had to go, and passes where it had to stay', () => {
  const untouched = scores((bytes) => bytes);
  for (const kind of ['text removed', 'date shifted', 'uid changed', 'pixels hidden'])
    assert.equal(untouched.get(kind), 0, kind);
  for (const kind of ['tag retained', 'text retained', 'text not null', 'pixels retained'])
    assert.equal(untouched.get(kind), 100, kind);
});

test('an object that is emptied fails where something had to stay', () => {
  const kept = new Set([tagOf('PatientID'), TAGS.sopClassUid]);
  const emptied = scores((bytes) => {
    const file = parseDicom(bytes);
    const elements = file.dataset.elements.filter(({ tag }) => kept.has(tag));
    const dataset = Object.assign(Object.create(Object.getPrototypeOf(file.dataset)), file.dataset, { elements });
    return writeDicom({ ...file, dataset, sopClassUid: '1.2.840.10008.5.1.4.1.1.7', sopInstanceUid: '1.2.3' });
  });
  for (const kind of ['tag retained', 'text retained', 'text not null', 'uid changed'])
    assert.equal(emptied.get(kind), 0, kind);
});

test('an object that is set aside counts as wrong in everything', () => {
  const none = scores(() => undefined);
  assert.equal(none.get('correct actions'), 0);
  assert.ok((none.get('objects set aside') ?? 0) > 10);
});

test('equal seeds plant equal objects', () => {
  const first = () => {
    const { value } = plantedObjects('x', []).next();
    return value?.bytes;
  };
  assert.deepEqual(first(), first());
});
