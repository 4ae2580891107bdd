import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UnicaError } from '#base';
import { buildDicom } from '#dicom';
import { tagOf } from '#vocab';
import { cleanText, wordMayStay } from './clean-text.ts';
import { deidentify } from './deidentify.ts';
import type { KnownIdentifiers } from './known-identifiers.ts';
import { readSiteWords } from './site-words.ts';

const WORDS = readSiteWords('# our own\nRockwood  Blümchen\r\nTriage-Raum # two parts\nПалата');

function ofSite(known: KnownIdentifiers): (word: string) => boolean {
  return (word) => wordMayStay(word, known, WORDS);
}

test('site words: what the list says stays, and nothing more', () => {
  const known = { names: new Set<string>(), identifiers: [] };
  const rows: readonly (readonly [string, string])[] = [
    ['Rockwood Thorax', 'Rockwood Thorax'],
    ['ROCKWOOD', 'ROCKWOOD'],
    ['blumchen Thorax', 'blumchen Thorax'],
    ['Raum Triage', 'Raum Triage'],
    ['палата', 'палата'],
    ['Rockwoods Thorax', 'Thorax'],
    ['Rockwood Papadopoulos', 'Rockwood'],
    ['Rockwood77', ''],
  ];
  for (const [text, expected] of rows) assert.equal(cleanText(text, known, ofSite(known)), expected, text);
  assert.equal(cleanText('Rockwood Thorax', known), 'Thorax');
});

test('site words: a word that resembles a name of the file goes', () => {
  const rows: readonly (readonly [string, string])[] = [
    ['rockwood', 'Rockwood Thorax'],
    ['ROCKWOÓD', 'Rockwood Thorax'],
    ['rock', 'Rockwood Thorax'],
    ['rockwoodová', 'Rockwood Thorax'],
  ];
  for (const [name, text] of rows) {
    const known = { names: new Set([name.toLowerCase()]), identifiers: [] };
    assert.equal(cleanText(text, known, ofSite(known)), 'Thorax', name);
  }
  const others = { names: new Set(['roc', 'wood']), identifiers: [] };
  assert.equal(cleanText('Rockwood Thorax', others, ofSite(others)), 'Rockwood Thorax');
});

test('site words: in a file, for a stranger and for one of that name', () => {
  const described = (name: string): string | undefined => {
    const bytes = buildDicom({
      SOPClassUID: '1.2.840.10008.5.1.4.1.1.1',
      SOPInstanceUID: '1.2.3',
      StudyInstanceUID: '1.2.4',
      SeriesInstanceUID: '1.2.5',
      PatientName: name,
      PatientID: 'P-1',
      BurnedInAnnotation: 'NO',
      StudyDescription: 'Rockwood Thorax',
    });
    const outcome = deidentify(bytes, { siteId: 'lisbon', secret: new Uint8Array(32).fill(1) }, undefined, {
      siteWords: WORDS,
    });
    assert.equal(outcome.kind, 'clean');
    return outcome.kind === 'clean' ? outcome.image.dataset.text(tagOf('StudyDescription')) : undefined;
  };
  assert.equal(described('Silva^Maria'), 'Rockwood Thorax');
  assert.equal(described('Rockwood^Maria'), 'Thorax');
});

test('site words: a list that cannot be meant is refused by its line, without what stands there', () => {
  const rows: readonly (readonly [string, number])[] = [
    ['good\nPAT-7', 2],
    ['good\n\nMaria.Silva', 3],
    ['ab', 1],
    ['Dr 12345', 1],
    [
      Array.from(
        { length: 20_001 },
        (_, index) => `${[...String(index)].map((digit) => 'abcdefghij'[Number(digit)]).join('')}xyz`,
      ).join(' '),
      1,
    ],
  ];
  for (const [text, line] of rows) {
    assert.throws(
      () => readSiteWords(text),
      (error) =>
        error instanceof UnicaError &&
        error.code === 'deid.unusable-words' &&
        error.facts['line'] === line &&
        !/PAT|Silva/.test(error.message),
      text.slice(0, 20),
    );
  }
  assert.equal(readSiteWords('').size, 0);
});
