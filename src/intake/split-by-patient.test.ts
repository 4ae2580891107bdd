import assert from 'node:assert/strict';
import { test } from 'node:test';
import { splitByPatient } from './split-by-patient.ts';

const films = Array.from({ length: 3000 }, (_, film) => ({ patientId: `p${Math.floor(film / 3)}` }));

test('people are drawn in about the shares asked for, the same whatever else is there', () => {
  const parts = splitByPatient(films, 1);
  const count = (part: string): number => [...parts.values()].filter((one) => one === part).length;
  assert.equal(parts.size, 1000);
  assert.ok(Math.abs(count('test') - 200) < 60 && Math.abs(count('val') - 100) < 50);
  const few = splitByPatient(films.slice(0, 300), 1);
  for (const [person, part] of few) assert.equal(parts.get(person), part);
  assert.notDeepEqual(splitByPatient(films, 2), parts);
});

test('what the authors keep for the test stays there, and nobody is in two parts', () => {
  const told = [
    { patientId: 'a', split: 'train' },
    { patientId: 'a', split: 'test' },
    { patientId: 'b', split: 'val' },
    { patientId: 'b', split: 'train' },
    ...Array.from({ length: 300 }, (_, one) => ({ patientId: `c${one}`, split: 'train' as const })),
  ] as const;
  const parts = splitByPatient(told, 1);
  assert.deepEqual([parts.get('a'), parts.get('b')], ['test', 'val']);
  assert.ok([...parts].every(([person, part]) => !person.startsWith('c') || part === 'train'));
});
