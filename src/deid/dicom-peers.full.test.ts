import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { UnicaError } from '#base';
import { newElement, parseDicom, TAGS, textValue, withElements, writeDicom } from '#dicom';
import { isPictureClass, tagOf } from '#vocab';
import { deidentify } from './deidentify.ts';

const SITE = { siteId: 'lisbon', secret: new Uint8Array(32).fill(7) };
const folder = join(process.env['UNICA_DATA'] ?? '../shared/data', 'dicom');
const absent = existsSync(folder) ? false : `no real films at ${folder}`;
const missing = (program: string, arguments_: readonly string[]): string | false =>
  spawnSync(program, arguments_).error === undefined ? false : `no ${program} here`;
const work = mkdtempSync(join(tmpdir(), 'unica-deid-'));
after(() => rmSync(work, { recursive: true }));

function filesUnder(path: string): readonly string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path).flatMap((name) => filesUnder(join(path, name)));
}

/** A real file with what decides whether it is taken: a patient, and a word that its pixels are clean. */
function takeable(bytes: Uint8Array): Uint8Array {
  const { dataset, transferSyntaxUid } = parseDicom(bytes);
  const element = (keyword: string, vr: string, text: string) =>
    newElement(tagOf(keyword), vr, textValue(vr, text), dataset.encoding);
  const marks = ['BurnedInAnnotation', 'RecognizableVisualFeatures'].map((keyword) => element(keyword, 'CS', 'NO'));
  const picture = isPictureClass(dataset.text(TAGS.sopClassUid) ?? '');
  const added = [element('PatientID', 'LO', 'PT-4711'), element('PatientName', 'PN', 'Zborowska^Ada')];
  const marked = withElements(dataset, picture ? [...added, ...marks] : added);
  const sopInstanceUid = dataset.text(TAGS.sopInstanceUid) ?? '';
  return writeDicom({
    dataset: marked,
    transferSyntaxUid,
    sopClassUid: dataset.text(TAGS.sopClassUid) ?? '',
    sopInstanceUid,
  });
}

/** Pairs of files, before and after. */
function cleanedFiles(): readonly { readonly name: string; readonly before: string; readonly after: string }[] {
  return filesUnder(folder).flatMap((path, index) => {
    try {
      const bytes = takeable(new Uint8Array(readFileSync(path)));
      const outcome = deidentify(bytes, SITE);
      if (outcome.kind === 'quarantined') return [];
      const [before, cleaned] = [join(work, `${index}-before.dcm`), join(work, `${index}-after.dcm`)];
      writeFileSync(before, bytes);
      writeFileSync(cleaned, outcome.image.bytes);
      return [{ name: path, before, after: cleaned }];
    } catch (error) {
      if (error instanceof UnicaError) return [];
      throw error;
    }
  });
}

test('dciodvfy finds no error in a cleaned file that the original had not', {
  skip: absent || missing('dciodvfy', []),
}, () => {
  const errorsOf = (path: string): readonly string[] => {
    const { stdout, stderr } = spawnSync('dciodvfy', [path], { encoding: 'latin1' });
    // UIDs and other values are not those of the original.
    const lines = `${stderr}\n${stdout}`.split('\n').filter((line) => line.startsWith('Error'));
    return lines.map((line) => line.replace(/ = <[^>]*>/g, '').replace(/UID \d[\d.]*/g, 'UID'));
  };
  const files = cleanedFiles();
  assert.ok(files.length >= 50, `${files.length} files`);
  for (const { name, before, after: cleaned } of files) {
    const known = new Set(errorsOf(before));
    assert.deepEqual(
      errorsOf(cleaned).filter((line) => !known.has(line)),
      [],
      name,
    );
  }
});

test('dcmdump reads every cleaned file', { skip: absent || missing('dcmdump', ['--version']) }, () => {
  for (const { name, after: cleaned } of cleanedFiles()) {
    const { status, stderr } = spawnSync('dcmdump', ['-q', cleaned], { encoding: 'latin1', maxBuffer: 1 << 28 });
    assert.equal(status, 0, `${name}: ${stderr}`);
  }
});
