import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildDicom, parseDicom } from '#dicom';
import type { ChestReading } from '#films';
import { chestResult } from './chest-result.ts';
import { givenFilm } from './result-inputs.ts';

const MODEL = { name: 'nodules', version: '1', digest: 'ab'.repeat(32), manufacturer: 'UNICA' };
const REFUSED: ChestReading = {
  kind: 'refused',
  reasons: [{ effect: 'refused', code: 'modality', because: 'its modality is CT' }],
};
const NOW = new Date('2026-05-11T22:42:00Z');

function reckonedOf(rest: Readonly<Record<string, string>>) {
  const ids = { SOPInstanceUID: '2.25.71', StudyInstanceUID: '2.25.72', SeriesInstanceUID: '2.25.73' };
  const attributes = { ...ids, SOPClassUID: '1.2.840.10008.5.1.4.1.1.1.1', StudyDate: '20260512', StudyTime: '011500' };
  const { dataset } = parseDicom(buildDicom({ ...attributes, ...rest }));
  return chestResult(givenFilm({ dataset }), REFUSED, { model: MODEL, isFaithful: true }, NOW).reckoned;
}

test('a result tells its times in the zone of its image, as the times of the study beside them are', () => {
  const rows = [
    ['+0300', { date: '20260512', time: '014200', zone: '+0300' }],
    ['-0430', { date: '20260511', time: '181200', zone: '-0430' }],
    ['+0000', { date: '20260511', time: '224200', zone: '+0000' }],
  ] as const;
  for (const [zone, expected] of rows) assert.deepEqual(reckonedOf({ TimezoneOffsetFromUTC: zone }), expected);
});

test('an image without a zone was taken in that of this machine', () => {
  for (const rest of [{}, { StudyDate: '' }, { TimezoneOffsetFromUTC: 'noon' }]) {
    const { date, time, zone } = reckonedOf(rest);
    const [, year, month, day] = /^(....)(..)(..)$/.exec(date) ?? [];
    const [, hour, minute, second] = /^(..)(..)(..)$/.exec(time) ?? [];
    const written = `${year}-${month}-${day}T${hour}:${minute}:${second}${zone.slice(0, 3)}:${zone.slice(3)}`;
    assert.equal(Date.parse(written), NOW.getTime());
    const here = 0 - new Date(2026, 4, 12, 1).getTimezoneOffset();
    assert.equal(Number(`${zone.slice(0, 1)}1`) * (60 * Number(zone.slice(1, 3)) + Number(zone.slice(3))), here);
  }
});

test('a map is called faithful only where no gate spoke against it', () => {
  const seen = {
    ...{
      rows: 4,
      columns: 4,
      values: new Float32Array(16),
      box: { left: 0, top: 0 },
      scale: 1,
      margin: { left: 0, top: 0 },
    },
    ...{ mirrored: false, upsideDown: false },
  };
  const scored = {
    kind: 'scored',
    reasons: [],
    marks: [],
    probability: 0.2,
    seen,
    map: new Float32Array(4),
    mapRows: 2,
    mapColumns: 2,
  };
  const ids = { SOPClassUID: '1.2.840.10008.5.1.4.1.1.1.1', SOPInstanceUID: '2.25.71', StudyInstanceUID: '2.25.72' };
  const size = {
    rows: 4,
    columns: 4,
    values: new Uint16Array(16),
    bitsStored: 12,
    photometricInterpretation: 'MONOCHROME2',
  } as const;
  const film = givenFilm(parseDicom(buildDicom({ ...ids, SeriesInstanceUID: '2.25.73' }, size)));
  for (const isFaithful of [true, false]) {
    const { images } = chestResult(film, scored as unknown as ChestReading, { model: MODEL, isFaithful }, NOW);
    assert.equal(images[0]?.map?.faithful, isFaithful);
  }
});
