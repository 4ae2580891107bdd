import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { UnicaError } from '#base';
import { buildDicom } from './build-dicom.ts';
import { toDicomJson } from './dicom-json.ts';
import { parseDicom } from './parse-dicom.ts';

const data = join(process.env['UNICA_DATA'] ?? new URL('../../../shared/data', import.meta.url).pathname, 'dicom');
const noData = existsSync(data) ? false : 'no ../shared/data/dicom (UNICA_DATA)';
const noDcmtk = spawnSync('dcm2json', ['--version']).status === 0 ? false : 'no dcmtk (dcm2json)';
const scratch = mkdtempSync(join(tmpdir(), 'unica-json-'));
after(() => rmSync(scratch, { recursive: true }));

type Member = { readonly vr: string; readonly [key: string]: unknown };
type Model = Readonly<Record<string, Member>>;

/** As dcm2json of dcmtk writes the same file; undefined where it cannot. */
function byDcmtk(path: string): Model | undefined {
  const { status, stdout } = spawnSync('dcm2json', ['-q', path], { encoding: 'utf8', maxBuffer: 2 ** 30 });
  return status === 0 ? (JSON.parse(stdout) as Model) : undefined;
}

/** Representations whose values dcmtk writes just as the standard says, so that they can be held against ours. */
const COMPARED = new Set('AE AS AT CS DA DT FD FL IS LO LT PN SH SL SS ST TM UC UI UL UR US UT DS SV UV'.split(' '));

function differences(ours: Model, theirs: Model, path = ''): readonly string[] {
  const tags = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])].sort();
  return tags.flatMap((tag) => {
    const [one, other] = [ours[tag], theirs[tag]];
    if (one === undefined || other === undefined)
      return tag.endsWith('0000') ? [] : [`${path}${tag} is on one side only`];
    // Where a file does not say it, we take the first that the dictionary has of "US or SS".
    if (one.vr === 'US' && other.vr === 'SS') return [];
    if (one.vr !== other.vr) return [`${path}${tag} ${one.vr} ${other.vr}`];
    if (one.vr === 'SQ') {
      const [mine, its] = [itemsOf(one), itemsOf(other)];
      if (mine.length !== its.length) return [`${path}${tag} items`];
      return mine.flatMap((item, index) => differences(item, its[index] ?? {}, `${path}${tag}.${index + 1}.`));
    }
    if (one['BulkDataURI'] !== undefined) return [];
    if (one['InlineBinary'] !== undefined) {
      return one['InlineBinary'] === other['InlineBinary'] ? [] : [`${path}${tag} InlineBinary`];
    }
    // They turn texts into UTF-8 and say so; we turn them and leave what the file said of itself, as pydicom does.
    if (!COMPARED.has(one.vr) || tag === '00080005') return [];
    const [mine, its] = [JSON.stringify(plain(one)), JSON.stringify(plain(other))];
    return mine === its ? [] : [`${path}${tag} ${one.vr} ${mine.slice(0, 60)} ${its.slice(0, 60)}`];
  });
}

function itemsOf({ Value: value = [] }: Member): readonly Model[] {
  return value as readonly Model[];
}

/** dcmtk cuts carets at the end of names and the last digit of a double, writes numbers in texts as they stand, and an empty value as null. */
function plain({ vr, Value: value }: Member): unknown {
  if (!Array.isArray(value) || value.every(isNothing)) return [];
  return value.map((one: unknown) => {
    if (['DS', 'IS', 'FL', 'FD'].includes(vr)) return one === null ? null : Math.fround(Number(one));
    if (vr === 'PN') return groupsOf(one);
    return typeof one === 'string' ? one.trim() : one;
  });
}

function isNothing(value: unknown): boolean {
  return value === null || value === '' || /^\^*$/.test(groupsOf(value));
}

function groupsOf(name: unknown): string {
  const { Alphabetic, Ideographic, Phonetic } = (name ?? {}) as Record<string, string | undefined>;
  if (typeof name !== 'object') return String(name);
  return [Alphabetic, Ideographic, Phonetic]
    .map((group = '') => group.replace(/\^+$/, ''))
    .join('=')
    .replace(/=+$/, '');
}

test('DICOM JSON: every kind of value, by PS3.18 annex F', () => {
  const bytes = buildDicom({
    SOPClassUID: '1.2.3',
    SOPInstanceUID: '1.2.4',
    PatientName: 'Yamada^Tarou=山田^太郎=やまだ^たろう',
    PatientID: '',
    ImageType: ['ORIGINAL', '', 'AXIAL'],
    Rows: 12,
    PixelSpacing: [0.5, 0.25],
    FrameIncrementPointer: 0x00181063,
    RequestAttributesSequence: [{ ScheduledProcedureStepID: 'A' }, {}],
    ReferencedStudySequence: [],
    '0009,0010 LO': 'HOUSE',
    '0009,1001 LO': 'private',
  });
  const json = toDicomJson(parseDicom(bytes).dataset) as unknown as Model;
  const rows: readonly (readonly [string, Member])[] = [
    [
      '00100010',
      { vr: 'PN', Value: [{ Alphabetic: 'Yamada^Tarou', Ideographic: '山田^太郎', Phonetic: 'やまだ^たろう' }] },
    ],
    ['00100020', { vr: 'LO' }],
    ['00080008', { vr: 'CS', Value: ['ORIGINAL', null, 'AXIAL'] }],
    ['00280010', { vr: 'US', Value: [12] }],
    ['00280030', { vr: 'DS', Value: [0.5, 0.25] }],
    ['00400275', { vr: 'SQ', Value: [{ '00400009': { vr: 'SH', Value: ['A'] } }, {}] }],
    ['00081110', { vr: 'SQ' }],
    ['00090010', { vr: 'LO', Value: ['HOUSE'] }],
    ['00091001', { vr: 'LO', Value: ['private'] }],
  ];
  for (const [tag, member] of rows) assert.deepEqual(json[tag], member, tag);
});

test('DICOM JSON: words of a big-endian file are inline in little-endian order (PS3.18 section F.2.7)', {
  skip: noDcmtk,
}, () => {
  const values = Uint16Array.from({ length: 16 }, (_, index) => index * 257 + 3);
  const bytes = buildDicom(
    { SOPClassUID: '1.2.840.10008.5.1.4.1.1.7', SOPInstanceUID: '1.2.4', '0009,0010 LO': 'HOUSE' },
    { rows: 4, columns: 4, values, bitsStored: 16, photometricInterpretation: 'MONOCHROME2' },
  );
  const [little, big] = [join(scratch, 'little.dcm'), join(scratch, 'big.dcm')];
  writeFileSync(little, bytes);
  assert.equal(spawnSync('dcmconv', ['+tb', little, big]).status, 0);
  const [one, other] = [little, big].map((path) => toDicomJson(parseDicom(new Uint8Array(readFileSync(path))).dataset));
  assert.ok(JSON.stringify(one).includes('InlineBinary'));
  assert.deepEqual(other, one);
});

test('DICOM JSON: as dcm2json of dcmtk writes the same files', { skip: noData || noDcmtk }, () => {
  let compared = 0;
  const found: string[] = [];
  for (const name of readdirSync(data, { recursive: true, encoding: 'utf8' })) {
    const path = join(data, name);
    // It has values of odd length, which dcmtk pads.
    if (name.endsWith('nested_priv_SQ.dcm')) continue;
    const bytes = readIfSmall(path);
    const theirs = bytes === undefined ? undefined : byDcmtk(path);
    if (bytes === undefined || theirs === undefined) continue;
    try {
      const ours = toDicomJson(parseDicom(bytes).dataset) as unknown as Model;
      found.push(...differences(ours, theirs).map((one) => `${name}: ${one}`));
      compared += 1;
    } catch (error) {
      if (!(error instanceof UnicaError)) throw error;
    }
  }
  assert.deepEqual(found, []);
  // It writes no compressed pixels.
  assert.ok(compared >= 15, `${compared} files`);
});

function readIfSmall(path: string): Uint8Array | undefined {
  try {
    const bytes = readFileSync(path);
    return bytes.length < 2 ** 21 ? new Uint8Array(bytes) : undefined;
  } catch {
    return undefined;
  }
}
