import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withoutHeaderWords } from './clinic-results.ts';

const rows = [
  ['a word', 'its modality is CT; mammograms are read.', 'its modality is another; mammograms are read.'],
  [
    'a word with the mark in it',
    'it shows A; JANE DOE; mammograms are read.',
    'it shows another; mammograms are read.',
  ],
  [
    'two reasons',
    'it shows HAND; frontal chest films are read; its view is JANE^DOE; frontal chest films are read.',
    'it shows another; frontal chest films are read; its view is another; frontal chest films are read.',
  ],
  [
    'a reason without a word of the header, as it is',
    'it does not say whether it shows the left or the right breast.',
    'it does not say whether it shows the left or the right breast.',
  ],
] as const;

for (const [name, says, kept] of rows)
  test(`what is kept of a reason has no word of a header: ${name}`, () => assert.equal(withoutHeaderWords(says), kept));
