import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UnicaError } from '#base';
import { accessionNumbers, studyKeys } from './study-wish.ts';

const refused = (code: string, says: RegExp, secret: string) => (error: unknown) =>
  error instanceof UnicaError && error.code === code && says.test(error.message) && !error.message.includes(secret);

test('accession numbers: one a line, each once', () => {
  assert.deepEqual(accessionNumbers('\ufeffA1\r\n\n# comment\n  B 2 \nA1\n'), ['A1', 'B 2']);
});

test('accession numbers: what would fetch other studies is refused by its line, and not repeated', () => {
  const rows: readonly (readonly [string, RegExp])[] = [
    ['A1\nSECRET*\n', /Line 2 .*wildcard/],
    ['SECRET?', /Line 1 .*wildcard/],
    ['A1\nA2\nA\\SECRET', /Line 3 .*backslash/],
    ['SECRET-AND-TOO-LONG', /longer than 16/],
    ['SECRET\tB', /control character/],
    ['# nothing\n', /none in it/],
  ];
  for (const [text, says] of rows) {
    assert.throws(() => accessionNumbers(text), refused('node.unusable-list', says, 'SECRET'), text);
  }
});

test('queries: keywords and values', () => {
  assert.deepEqual(studyKeys(['StudyDate=20240101-20241231', ' ModalitiesInStudy = MG ', 'PatientSex=']), {
    StudyDate: '20240101-20241231',
    ModalitiesInStudy: 'MG',
    PatientSex: '',
  });
});

test('queries: unknown keywords, and queries for everything, are refused', () => {
  const rows: readonly (readonly [readonly string[], RegExp])[] = [
    [['SECRET'], /keyword, = and a value/],
    [['Studydate=SECRET'], /found by Studydate/],
    [['PixelData=SECRET'], /found by PixelData/],
    [['QueryRetrieveLevel=SECRET'], /QueryRetrieveLevel/],
    [['PatientID=*'], /every study/],
    [['PatientID=', 'StudyDate='], /every study/],
    [[], /every study/],
  ];
  for (const [conditions, says] of rows) {
    assert.throws(() => studyKeys(conditions), refused('node.unusable-query', says, 'SECRET'), conditions.join());
  }
});
