import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '#base';
import { type ScreeningRecord, screeningRecords, TRAINING_SIZE, withPictures } from '#synth';
import { marksOf, withInsertedFindings } from './inserted-findings.ts';

const RECORDS = [...screeningRecords('inserted', 0, 40)];

const changed = (one: ArrayLike<number>, other: ArrayLike<number>) =>
  Array.from(one).flatMap((value, at) => (value === other[at] ? [] : [at]));

test('a film with a finding put in differs from the one without around its mark alone', () => {
  let films = 0;
  for (const record of RECORDS) {
    const inserted = withInsertedFindings(record, new SeededRandom(`insert/${record.index}`));
    if (inserted === null) continue;
    const before = withPictures(record, TRAINING_SIZE).pictures;
    for (const { laterality, view, frame, lesion } of inserted.films) {
      const own = before.find((film) => film.laterality === laterality && film.view === view);
      assert.ok(own !== undefined && lesion !== null);
      const mark = inserted.marks[`${laterality}-${view}`];
      if (mark === undefined) continue;
      films += 1;
      const places = changed(frame.values, own.frame.values);
      assert.ok(places.length > 0);
      for (const at of places) {
        const column = at % TRAINING_SIZE.columns;
        const seen = laterality === 'R' ? TRAINING_SIZE.columns - 1 - column : column;
        const away = Math.hypot(Math.floor(at / TRAINING_SIZE.columns) + 0.5 - mark.row, seen + 0.5 - mark.column);
        // A bell that is drawn to three deviations, or rays of up to three radii.
        assert.ok(away <= 3.2 * mark.radiusPx + 3, `${away} of ${mark.radiusPx}`);
      }
    }
  }
  assert.ok(films > 20, `${films}`);
});

test('the same draw gives the same films; a woman with a lesion of her own keeps it', () => {
  const draw = (record: ScreeningRecord) => withInsertedFindings(record, new SeededRandom('again'));
  const free = RECORDS.filter(({ lesion }) => lesion === null);
  assert.deepEqual(
    free.map((record) => draw(record)?.marks),
    free.map((record) => draw(record)?.marks),
  );
  const ill = [...screeningRecords('inserted', 0, 2000)].find(({ lesion }) => lesion !== null);
  assert.ok(ill !== undefined);
  assert.equal(draw(ill), null);
  const marks = Object.keys(marksOf(ill));
  assert.ok(marks.length > 0 && marks.every((view) => view.startsWith(ill.lesion?.laterality ?? '-')));
  assert.deepEqual(marksOf(free[0] as ScreeningRecord), {});
});
