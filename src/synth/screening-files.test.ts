import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { sha256Hex } from '#base';
import { decodeFrame, parseDicom } from '#dicom';
import { tagOf } from '#vocab';
import { FULL_SIZE, TRAINING_SIZE } from './mammogram-geometry.ts';
import { type ScreeningExam, screeningExam } from './screening-exam.ts';
import { screeningFiles } from './screening-files.ts';
import { screeningRecord, screeningRecords } from './screening-record.ts';
import { SCREENING_SITES } from './screening-sites.ts';
import { SCREENING_TRUTH_HEADING, screeningTruthLines } from './screening-table.ts';

/** One examination of each site and unit. */
const EXAMS: readonly ScreeningExam[] = examsOfEveryUnit();

test('the header is that of a mammogram for presentation, and the pixels come back', () => {
  for (const exam of EXAMS) {
    for (const [place, file] of screeningFiles(exam).entries()) {
      const { dataset } = parseDicom(file.bytes);
      const text = (keyword: string): string | undefined => dataset.text(tagOf(keyword));
      const picture = exam.pictures[place] ?? assert.fail();
      assert.equal(text('SOPClassUID'), '1.2.840.10008.5.1.4.1.1.1.2');
      assert.equal(text('Modality'), 'MG');
      assert.equal(text('PresentationIntentType'), 'FOR PRESENTATION');
      assert.equal(text('ImageLaterality'), picture.laterality);
      assert.equal(text('ViewPosition'), picture.view);
      assert.equal(text('BreastImplantPresent'), exam.implants ? 'YES' : 'NO');
      assert.equal(text('PatientSex'), 'F');
      assert.equal(text('StudyDate'), exam.date);
      assert.equal(text('PatientBirthDate'), exam.birthDate);
      assert.equal(dataset.number(tagOf('BodyPartThickness')), Math.round(picture.thicknessMm));
      const codes = dataset.items(tagOf('ViewCodeSequence'));
      assert.equal(codes[0]?.text(tagOf('CodeValue')), picture.view === 'CC' ? '399162004' : '399368009');
      const frame = decodeFrame(parseDicom(file.bytes));
      assert.deepEqual(frame.values, picture.frame.values);
      assert.equal(frame.photometricInterpretation, exam.device.photometricInterpretation);
      const bytes = Buffer.from(file.bytes);
      for (const { what, text: planted } of file.planted) assert.ok(bytes.includes(planted), what);
    }
  }
});

test('the examinations of a woman bear her name and number, and no two pictures one UID', () => {
  const records = [...screeningRecords('names', 0, 60)];
  const women = new Map<string, string>();
  const instances = new Set<string>();
  let files = 0;
  for (const { index, womanId } of records) {
    for (const { planted } of screeningFiles(screeningExam('names', index, { rows: 32, columns: 24 }))) {
      const text = (what: string): string => planted.find((one) => one.what === what)?.text ?? assert.fail(what);
      const who = `${text('PatientID')} ${text('PatientName')} ${text('PatientBirthDate')}`;
      assert.equal(women.get(womanId) ?? who, who);
      women.set(womanId, who);
      instances.add(text('SOPInstanceUID'));
      files += 1;
    }
  }
  assert.equal(instances.size, files);
  assert.equal(new Set(women.values()).size, women.size);
});

test('any file is made again from its seed and place alone, to the byte', () => {
  const digest = (index: number): string =>
    sha256Hex(
      screeningFiles(screeningExam(3, index, TRAINING_SIZE))
        .map(({ bytes }) => sha256Hex(bytes))
        .join(),
    );
  const all = [17, 18, 19].map(digest);
  assert.equal(digest(18), all[1]);
  assert.equal(new Set(all).size, 3);
});

test('the table of truth has a line for each picture', () => {
  const columns = SCREENING_TRUTH_HEADING.split(',').length;
  for (const exam of EXAMS) {
    const lines = screeningTruthLines(exam);
    assert.equal(lines.length, exam.pictures.length);
    assert.ok(lines.every((line) => line.split(',').length === columns));
  }
});

const VALIDATOR = 'dciodvfy';
const dicom3tools = spawnSync(VALIDATOR, ['-version']).error === undefined;
test('dciodvfy finds no error, in small files and in full ones', {
  skip: !dicom3tools && 'dciodvfy is not installed',
}, () => {
  const folder = mkdtempSync(join(tmpdir(), 'unica-mammograms-'));
  const dcmdump = spawnSync('dcmdump', ['--version']).status === 0;
  try {
    const full = screeningExam('full', 3, FULL_SIZE);
    for (const { fileName, bytes } of [...EXAMS, full].flatMap(screeningFiles)) {
      const path = join(folder, fileName);
      writeFileSync(path, bytes);
      const { stderr, stdout } = spawnSync(VALIDATOR, [path], { encoding: 'utf8' });
      const said = `${stdout}${stderr}`;
      assert.match(said, /MammographyImageForPresentation/);
      assert.deepEqual(
        said.split('\n').filter((line) => /error/i.test(line)),
        [],
      );
      if (dcmdump) assert.equal(spawnSync('dcmdump', [path], { encoding: 'utf8' }).stderr, '');
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

function examsOfEveryUnit(): readonly ScreeningExam[] {
  const seen = new Set<string>();
  const exams: ScreeningExam[] = [];
  const units = SCREENING_SITES.reduce((sum, { devices }) => sum + new Set(devices).size, 0);
  for (let index = 0; seen.size < units; index += 1) {
    const { site, device } = screeningRecord('units', index);
    const unit = `${site.siteId} ${device.model}`;
    if (seen.has(unit)) continue;
    seen.add(unit);
    exams.push(screeningExam('units', index, { rows: 64, columns: 48 }));
  }
  return exams;
}
