import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom, UnicaError } from '#base';
import { SEARCH_ATTRIBUTES } from './search-attributes.ts';
import { parseSearch, SEARCH_LIMIT } from './search-query.ts';

test('limits, includes and fuzzy matching', () => {
  assert.equal(parseSearch('study', {}).limit, 1000);
  assert.equal(parseSearch('instance', {}).limit, SEARCH_LIMIT);
  assert.equal(parseSearch('study', { limit: '99999999' }).limit, SEARCH_LIMIT);
  assert.equal(parseSearch('study', { limit: '5', offset: '7' }).offset, 7);
  assert.equal(parseSearch('study', { fuzzymatching: 'true' }).fuzzyAsked, true);
  assert.equal(parseSearch('study', { includefield: 'all' }).include, 'all');
  const { include } = parseSearch('study', {
    includefield: ['StudyDescription,00100020', '00081030', 'InstitutionName'],
  });
  assert.deepEqual(include, new Set(['00081030', '00100020']));
  assert.deepEqual(parseSearch('study', { includefield: 'SeriesDescription' }).include, new Set());
});

test('ends of ranges', () => {
  const rows: readonly (readonly [string, string, string | null, string | null])[] = [
    ['StudyDate', '20200101', '20200101', '20200101'],
    ['StudyDate', '20200101-', '20200101', null],
    ['StudyDate', '-20200101', null, '20200101'],
    ['StudyDate', '20200101-20201231', '20200101', '20201231'],
    ['StudyTime', '10', '100000', '105959'],
    ['StudyTime', '1015-', '101500', null],
    ['StudyTime', '101530.25', '101530', '101530'],
    ['StudyTime', '-235960', null, '235960'],
  ];
  for (const [keyword, value, from, to] of rows) {
    const [match] = parseSearch('study', { [keyword]: value }).matches;
    assert.ok(match?.kind === 'range');
    assert.deepEqual([match.from, match.to], [from, to], value);
  }
});

test('property: any query is read within its bounds or refused without its values', () => {
  const random = new SeededRandom('queries');
  const names = [
    ...SEARCH_ATTRIBUTES.flatMap(({ keyword, tag }) => [keyword, tag, tag.toLowerCase()]),
    'limit',
    'offset',
    'includefield',
    'fuzzymatching',
    '__proto__',
    'constructor',
    'a.b',
    '%',
    '',
  ];
  const pieces = [
    '*',
    '?',
    '-',
    ',',
    '\\',
    '%',
    '_',
    "'",
    '"',
    ';',
    '1',
    '20200101',
    'all',
    'true',
    '\0',
    '\u{1f600}',
    '..',
    'CT',
    'zq9zq9',
  ];
  let read = 0;
  for (let round = 0; round < 20_000; round += 1) {
    const parameters = Object.fromEntries(
      Array.from({ length: random.below(4) }, () => [
        random.pick(names),
        Array.from({ length: random.below(4) }, () => random.pick(pieces)).join(''),
      ]),
    );
    const level = random.pick(['study', 'series', 'instance'] as const);
    try {
      const query = parseSearch(level, parameters);
      read += 1;
      assert.ok(query.limit >= 0 && query.limit <= SEARCH_LIMIT && Number.isSafeInteger(query.offset));
      for (const match of query.matches) {
        if (match.kind === 'range') assert.match(`${match.from ?? ''}${match.to ?? ''}`, /^\d+$/);
        if (match.kind === 'equal' && match.attribute.matching === 'uid')
          assert.ok(match.anyOf.every((uid) => /^[0-9.]+$/.test(uid)));
      }
    } catch (error) {
      assert.ok(error instanceof UnicaError && error.code === 'dicomweb.query-invalid', String(error));
      assert.doesNotMatch(error.message, /zq9zq9/);
    }
  }
  assert.ok(read > 1000, 'many are good');
});
