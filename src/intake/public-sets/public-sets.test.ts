import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { encode } from 'fast-png';
import { utf8 } from '#base';
import { buildDicom, decodeFrame, parseDicom } from '#dicom';
import { tagOf } from '#vocab';
import { openSource } from '../open-source.ts';
import { PUBLIC_LAYOUTS } from './layouts.ts';
import type { SetPicture } from './public-set.ts';

const root = mkdtempSync(join(tmpdir(), 'unica-public-sets-'));
after(() => rmSync(root, { recursive: true }));

/** A miniature copy of a set: its files by their names. */
function copyOf(set: string, files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(root, `${set}-`));
  for (const [name, contents] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), contents);
  }
  return folder;
}

/** All that comes out of a folder, by the names of its files. */
async function opened(folder: string, layout = 'auto') {
  const source = openSource(folder, { layout });
  const [set] = await source.sets();
  const files = new Map<string, ReturnType<typeof parseDicom>>();
  for await (const file of source) files.set(file.name, parseDicom(await file.read()));
  const clinical = await source.clinical();
  const textOf = (name: string, keyword: string) => files.get(name)?.dataset.text(tagOf(keyword));
  const picture = (name: string): SetPicture => set?.pictureOf(name) ?? assert.fail(`${name} is not known`);
  return { set, files, clinical, textOf, picture };
}

/** Whatever the table says of a picture stands in its file, and its study is one of the clinical table. */
function assertTold({ files, clinical, textOf, picture }: Awaited<ReturnType<typeof opened>>): void {
  const studies = new Map(clinical.map((row) => [row.studyInstanceUid, row]));
  for (const name of files.keys()) {
    const said = picture(name);
    assert.equal(textOf(name, 'PatientID'), said.patientId);
    const row = studies.get(textOf(name, 'StudyInstanceUID')) ?? assert.fail(name);
    assert.equal(row.patientId, said.patientId);
    if (said.laterality !== undefined) assert.equal(textOf(name, 'ImageLaterality'), said.laterality);
  }
}

const PNG = encode({
  width: 8,
  height: 8,
  data: Uint8Array.from({ length: 64 }, (_, at) => 3 * at),
  channels: 1,
  depth: 8,
});

/** A baseline JPEG of 8 × 8 pixels of middle grey: one block whose coefficients are all 0. */
const GREY_JPEG = Uint8Array.of(
  ...[0xff, 0xd8, 0xff, 0xdb, 0, 67, 0, ...Array.from({ length: 64 }, () => 1)],
  ...[0xff, 0xc0, 0, 11, 8, 0, 8, 0, 8, 1, 1, 0x11, 0],
  ...[0, 0x10].flatMap((table) => [0xff, 0xc4, 0, 20, table, 1, ...Array.from({ length: 15 }, () => 0), 0]),
  ...[0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 0x3f, 0xff, 0xd9],
);

function dicomFile(number: number, rest: Readonly<Record<string, string>> = {}): Uint8Array {
  return buildDicom(
    {
      SOPClassUID: '1.2.840.10008.5.1.4.1.1.1.2',
      SOPInstanceUID: `1.2.3.${number}`,
      StudyInstanceUID: `1.2.4.${number}`,
      SeriesInstanceUID: `1.2.5.${number}`,
      Modality: 'MG',
      PatientID: `as the set had it ${number}`,
      ...rest,
    },
    {
      rows: 2,
      columns: 2,
      values: Uint16Array.of(1, 2, 3, number),
      bitsStored: 12,
      photometricInterpretation: 'MONOCHROME2',
    },
  );
}

test('NIH ChestX-ray14: headings that fall apart, boxes, the official split, follow-up films of one person', async () => {
  const folder = copyOf('nih', {
    'Data_Entry_2017_v2020.csv':
      'Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position,OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y],\n' +
      '00000001_000.png,Cardiomegaly|Nodule,0,1,58,M,PA,2682,2749,0.143,0.143,\n00000001_001.png,No Finding,1,1,58,M,AP,2048,2500,0.168,0.168,\n',
    'BBox_List_2017.csv':
      'Image Index,Finding Label,Bbox [x,y,w,h],,,\n00000001_000.png,Nodule,225.08,547.01,86.77,79.18,,,\n',
    'test_list.txt': '00000001_001.png\n',
    'train_val_list.txt': '00000001_000.png\n',
    'images_001/images/00000001_000.png': PNG,
    'images_001/images/00000001_001.png': PNG,
  });
  const all = await opened(folder);
  assertTold(all);
  assert.equal(all.files.size, 2);
  const first = all.picture('images_001/images/00000001_000.png');
  assert.deepEqual(first.findings, ['Cardiomegaly', 'Nodule']);
  assert.deepEqual(first.marks, [{ finding: 'Nodule', x: 225.08, y: 547.01, width: 86.77, height: 79.18 }]);
  assert.ok(Math.abs((first.pixelSpacingMm ?? 0) - (0.143 * 2682) / 1024) < 1e-9);
  assert.equal(first.split, 'train');
  const second = all.picture('00000001_001.png');
  assert.deepEqual([second.findings, second.split, second.view, second.patientId], [[], 'test', 'AP', '1']);
  assert.equal(all.textOf('images_001/images/00000001_000.png', 'PatientAge'), '058Y');
});

test('CheXpert: what is uncertain is no finding, JPEG goes in as it is, one study may have two films', async () => {
  const head = 'Path,Sex,Age,Frontal/Lateral,AP/PA,No Finding,Cardiomegaly,Lung Opacity,Pleural Effusion\n';
  const folder = copyOf('chexpert', {
    'CheXpert-v1.0-small/train.csv': `${head}CheXpert-v1.0-small/train/patient00001/study1/view1_frontal.jpg,Female,68,Frontal,AP,,1.0,-1.0,0.0\nCheXpert-v1.0-small/train/patient00001/study1/view2_lateral.jpg,Female,68,Lateral,,,1.0,-1.0,0.0\n`,
    'CheXpert-v1.0-small/valid.csv': `${head}CheXpert-v1.0-small/valid/patient64541/study1/view1_frontal.jpg,Male,73,Frontal,PA,1.0,,,\n`,
    'CheXpert-v1.0-small/train/patient00001/study1/view1_frontal.jpg': GREY_JPEG,
    'CheXpert-v1.0-small/train/patient00001/study1/view2_lateral.jpg': GREY_JPEG,
    'CheXpert-v1.0-small/valid/patient64541/study1/view1_frontal.jpg': GREY_JPEG,
  });
  const all = await opened(folder);
  assertTold(all);
  const name = 'CheXpert-v1.0-small/train/patient00001/study1/view1_frontal.jpg';
  const { findings, values, view, split } = all.picture(name);
  assert.deepEqual([findings, values['uncertain'], view, split], [['Cardiomegaly'], 'Lung Opacity', 'AP', 'train']);
  const lateral = name.replace('view1_frontal', 'view2_lateral');
  assert.equal(all.picture(lateral).view, 'LL');
  assert.equal(all.textOf(name, 'StudyInstanceUID'), all.textOf(lateral, 'StudyInstanceUID'));
  const frame = decodeFrame(all.files.get(name) ?? assert.fail());
  assert.deepEqual([frame.rows, frame.columns, frame.bitsStored], [8, 8, 8]);
  assert.ok(Math.abs((frame.values[0] ?? 0) - 128) <= 1);
  assert.deepEqual(
    ['LossyImageCompression', 'LossyImageCompressionMethod'].map((keyword) => all.textOf(name, keyword)),
    ['01', 'ISO_10918_1'],
  );
});

test('VinDr-Mammo: grades, boxes of findings in lists of words, the official split', async () => {
  const head = 'study_id,series_id,image_id,laterality,view_position,height,width,breast_birads,breast_density';
  const folder = copyOf('vindr', {
    'breast-level_annotations.csv': `${head},split\ns1,r1,i1,L,CC,3518,2800,BI-RADS 4,DENSITY C,training\ns1,r1,i2,R,MLO,3518,2800,BI-RADS 1,DENSITY C,training\ns2,r2,i3,L,CC,3518,2800,BI-RADS 1,DENSITY A,test\n`,
    'finding_annotations.csv': `${head},finding_categories,finding_birads,xmin,ymin,xmax,ymax,split\ns1,r1,i1,L,CC,3518,2800,BI-RADS 4,DENSITY C,"['Mass', 'Skin Thickening']",BI-RADS 4,100,200,150,260,training\ns1,r1,i2,R,MLO,3518,2800,BI-RADS 1,DENSITY C,['No Finding'],,,,,,training\n`,
    'images/s1/i1.dicom': dicomFile(1),
    'images/s1/i2.dicom': dicomFile(2),
    'images/s2/i3.dicom': dicomFile(3),
  });
  const all = await opened(folder);
  assertTold(all);
  const first = all.picture('images/s1/i1.dicom');
  assert.deepEqual(first.findings, ['Mass', 'Skin Thickening']);
  assert.deepEqual(first.marks[0], { finding: 'Mass', x: 100, y: 200, width: 50, height: 60 });
  assert.deepEqual([first.values['birads'], first.values['density'], first.view], ['4', 'c', 'CC']);
  assert.equal(all.picture('images/s2/i3.dicom').split, 'test');
  // The DICOM file keeps what it is; only whose it is comes from the table.
  assert.equal(all.textOf('images/s1/i1.dicom', 'SOPInstanceUID'), '1.2.3.1');
  assert.equal(all.textOf('images/s1/i2.dicom', 'ViewPosition'), 'MLO');
});

test('CBIS-DDSM: a woman in several folders, two abnormalities in a picture, crops and masks passed over', async () => {
  const row = (id: string, kind: string, pathology: string) =>
    `P_00001,3,LEFT,CC,${id},mass,IRREGULAR,SPICULATED,4,${pathology},4,Mass-Training_P_00001_LEFT_CC/1.3/1.4/000000.dcm,Mass-Training_P_00001_LEFT_CC_${id}/1.5/1.6/000000.dcm,"Mass-Training_P_00001_LEFT_CC_${id}/1.5/1.6/000001.dcm\n"${kind}\n`;
  const folder = copyOf('cbis', {
    'mass_case_description_train_set.csv': `patient_id,breast_density,left or right breast,image view,abnormality id,abnormality type,mass shape,mass margins,assessment,pathology,subtlety,image file path,cropped image file path,ROI mask file path\n${row('1', '', 'MALIGNANT')}${row('2', '', 'BENIGN_WITHOUT_CALLBACK')}`,
    'calc_case_description_test_set.csv':
      'patient_id,breast density,left or right breast,image view,abnormality id,abnormality type,calc type,calc distribution,assessment,pathology,subtlety,image file path,cropped image file path,ROI mask file path\nP_00001,3,RIGHT,MLO,1,calcification,PLEOMORPHIC,CLUSTERED,4,BENIGN,3,Calc-Test_P_00001_RIGHT_MLO/1.7/1.8/000000.dcm,x,y\n',
    'CBIS-DDSM/Mass-Training_P_00001_LEFT_CC/1.3/1-1.dcm': dicomFile(1),
    'CBIS-DDSM/Mass-Training_P_00001_LEFT_CC_1/1.5/1-1.dcm': dicomFile(2),
    'CBIS-DDSM/Calc-Test_P_00001_RIGHT_MLO/1.7/1-1.dcm': dicomFile(3),
  });
  const all = await opened(folder);
  assertTold(all);
  assert.equal(all.files.size, 2);
  const picture = all.picture('CBIS-DDSM/Mass-Training_P_00001_LEFT_CC/1.3/1-1.dcm');
  assert.deepEqual(picture.findings, ['malignant mass', 'benign mass']);
  assert.deepEqual([picture.values['density'], picture.split, picture.laterality], ['c', 'train', 'L']);
  const other = all.picture('CBIS-DDSM/Calc-Test_P_00001_RIGHT_MLO/1.7/1-1.dcm');
  assert.deepEqual([other.patientId, other.split, other.values['density']], ['P_00001', 'test', 'c']);
});

test('CMMD: both rows of a woman go with her files', async () => {
  const folder = copyOf('cmmd', {
    'CMMD_clinicaldata_revision.csv':
      'ID1,LeftRight,Age,number,abnormality,classification,subtype\nD1-0001,R,44,2,calcification,Benign,\nD2-0002,L,55,2,mass,Malignant,Luminal A\nD2-0002,R,55,2,both,Benign,\n',
    'CMMD/D1-0001/07-18-2010-NA/1-1.dcm': dicomFile(1),
    'CMMD/D2-0002/07-18-2010-NA/1-1.dcm': dicomFile(2),
    'CMMD/D2-0002/07-18-2010-NA/1-2.dcm': dicomFile(4),
  });
  const all = await opened(folder);
  assertTold(all);
  const woman = all.picture('CMMD/D2-0002/07-18-2010-NA/1-1.dcm');
  assert.deepEqual(woman.findings, ['malignant mass', 'benign both']);
  assert.deepEqual(
    [woman.values['left'], woman.values['right'], woman.values['subtype'], woman.ageYears],
    ['Malignant', 'Benign', 'Luminal A', 55],
  );
});

test('INbreast: patients from the names of files, regions from property lists, totals passed over', async () => {
  const xml = `<plist><dict><key>Images</key><array><dict><key>ROIs</key><array>
    <dict><key>Area</key><real>1</real><key>IndexInImage</key><integer>0</integer><key>Name</key><string>Mass</string>
    <key>Point_mm</key><array><string>(1, 2, 3)</string></array><key>Point_px</key><array><string>(100.5, 200)</string><string>(150.5, 260)</string></array></dict>
    <dict><key>IndexInImage</key><integer>1</integer><key>Name</key><string>Calcification</string><key>Point_px</key><array><string>(5, 6)</string></array></dict>
    </array></dict></array></dict></plist>`;
  const folder = copyOf('inbreast', {
    'INbreast.csv':
      'Patient ID;Patient age;Laterality;View;Acquisition date;File Name;ACR;Lesion Annotation Status;Mass ;Micros;Distortion;Asymmetry;Bi-Rads\nremoved;removed;L;CC;201001;22678622;4;;X;X;;;5\nremoved;removed;R;MLO;201001;22678646;4;No annotation (normal);;;;;1\n;;;;;;;;108;;;;\n',
    'AllXML/22678622.xml': xml,
    'AllDICOMs/22678622_61b13c59bcba149e_MG_L_CC_ANON.dcm': dicomFile(1),
    'AllDICOMs/22678646_61b13c59bcba149e_MG_R_ML_ANON.dcm': dicomFile(2),
  });
  const all = await opened(folder);
  assertTold(all);
  const left = all.picture('AllDICOMs/22678622_61b13c59bcba149e_MG_L_CC_ANON.dcm');
  assert.deepEqual(left.findings, ['Mass', 'Calcification']);
  assert.deepEqual(left.marks, [
    { finding: 'Mass', x: 100.5, y: 200, width: 50, height: 60 },
    { finding: 'Calcification', x: 5, y: 6, width: 0, height: 0 },
  ]);
  assert.deepEqual([left.patientId, left.values['birads'], left.values['density']], ['61b13c59bcba149e', '5', 'd']);
  assert.equal(all.set?.pictures.length, 2);
});

test('mini-MIAS: places from the lower left corner, two pictures of one woman, the right breast first', async () => {
  const pgm = (grey: number) =>
    new Uint8Array([...utf8('P5\n# made by xv\n4 2\n255\n'), ...Array.from({ length: 8 }, () => grey)]);
  const folder = copyOf('mias', {
    'Info.txt':
      'MAMMOGRAPHIC IMAGE ANALYSIS SOCIETY\n\nmdb001 G CIRC B 535 425 197\nmdb002 G NORM\nmdb059 F CIRC B\nmdb233 G CALC M *NOTE 3*\n',
    'mdb001.pgm': pgm(9),
    'mdb002.pgm': pgm(7),
  });
  const all = await opened(folder);
  assertTold(all);
  const first = all.picture('mdb001.pgm');
  assert.deepEqual(first.marks, [{ finding: 'CIRC', x: 338, y: 1024 - 425 - 197, width: 394, height: 394 }]);
  assert.deepEqual([first.patientId, first.laterality, first.values['tissue']], ['mias-001', 'R', 'G']);
  assert.deepEqual([all.picture('mdb002.pgm').patientId, all.picture('mdb002.pgm').laterality], ['mias-001', 'L']);
  assert.equal(all.picture('mdb059.pgm').marks.length, 0);
  assert.deepEqual(all.picture('mdb233.pgm').findings, ['malignant calcification']);
  const blank = copyOf('mias', {
    'Info.txt': 'mdb001 G NORM\nmdb002 G NORM\n',
    'mdb001.pgm': utf8(`P5${' '.repeat(5000)}`),
    'mdb002.pgm': utf8('P5 4 2 255\n1234567'),
  });
  for await (const file of openSource(blank, { layout: 'auto' })) {
    await assert.rejects(file.read(), { code: 'intake.picture-invalid' });
  }
  assert.deepEqual([...decodeFrame(all.files.get('mdb001.pgm') ?? assert.fail()).values], Array(8).fill(9));
});

test('JSRT: raw pixels of 12 bits in either half of the set, high values dark', async () => {
  const raw = new Uint8Array(2 * 2048 * 2048);
  new DataView(raw.buffer).setUint16(2 * 5, 4095, false);
  const folder = copyOf('jsrt', {
    'Clinical_Information/CLNDAT_EN.txt':
      'JPCLN001.IMG\t5\t15\t53\tMale\t1634\t692\tmalignant\tl.upper lobe\tlung cancer\rJPCLN002.IMG\t5\t30\t?\tFemale\t1614\t958\tbenign\tl.upper lobe\ttuberculoma\r',
    'Clinical_Information/CNNDAT_EN.TXT': 'JPCNN001.IMG   54   female   non-nodule\r\n',
    'Nodule/JPCLN001.IMG': raw,
    'Normal/JPCNN001.IMG': raw,
  });
  const all = await opened(folder);
  assertTold(all);
  const nodule = all.picture('Nodule/JPCLN001.IMG');
  assert.deepEqual(
    [nodule.findings, nodule.ageYears, nodule.sex, nodule.values['kind']],
    [['Nodule'], 53, 'M', 'malignant'],
  );
  const [mark] = nodule.marks;
  assert.ok(
    Math.abs((mark?.x ?? 0) + (mark?.width ?? 0) / 2 - 1634) < 1e-9 && Math.abs((mark?.width ?? 0) - 15 / 0.175) < 1e-9,
  );
  assert.deepEqual([all.picture('JPCNN001.IMG').findings, all.picture('JPCNN001.IMG').sex], [[], 'F']);
  assert.equal(all.picture('JPCLN002.IMG').ageYears, undefined);
  const frame = decodeFrame(all.files.get('Nodule/JPCLN001.IMG') ?? assert.fail());
  assert.deepEqual(
    [frame.values[5], frame.photometricInterpretation, frame.pixelSpacingMm],
    [4095, 'MONOCHROME1', [0.175, 0.175]],
  );
});

test('JSRT: pixels of swapped bytes, and files of another length, are refused', async () => {
  const swapped = new Uint8Array(2 * 2048 * 2048);
  new DataView(swapped.buffer).setUint16(0, 4095, true);
  const folder = copyOf('jsrt', {
    'CNNDAT_EN.txt': 'JPCNN001.IMG 54 female non-nodule\nJPCNN002.IMG 54 female non-nodule\n',
    'JPCNN001.IMG': swapped,
    'JPCNN002.IMG': new Uint8Array(77),
  });
  for await (const file of openSource(folder, { layout: 'auto' })) {
    await assert.rejects(file.read(), { code: 'intake.picture-invalid' });
  }
});

test('RSNA pneumonia: several boxes of a film, classes beside', async () => {
  const folder = copyOf('rsna', {
    'stage_2_train_labels.csv':
      'patientId,x,y,width,height,Target\np1,264.0,152.0,213.0,379.0,1\np1,562.0,152.0,256.0,453.0,1\np2,,,,,0\n',
    'stage_2_detailed_class_info.csv': 'patientId,class\np1,Lung Opacity\np2,No Lung Opacity / Not Normal\n',
    'stage_2_train_images/p1.dcm': dicomFile(1, { Modality: 'CR' }),
    'stage_2_train_images/p2.dcm': dicomFile(2, { Modality: 'CR' }),
  });
  const all = await opened(folder);
  assertTold(all);
  assert.equal(all.picture('stage_2_train_images/p1.dcm').marks.length, 2);
  assert.deepEqual(all.picture('p2.dcm').findings, []);
  assert.equal(all.picture('p2.dcm').values['class'], 'No Lung Opacity / Not Normal');
});

test('a folder that is no set of that name says what was looked for, and tables without their columns say which', async () => {
  const folder = copyOf('other', { 'a.dcm': dicomFile(1) });
  for (const layout of PUBLIC_LAYOUTS) {
    await assert.rejects(opened(folder, layout), { code: 'intake.layout-not-found' });
  }
  assert.equal((await opened(folder)).files.size, 1);
  await assert.rejects(opened(folder, 'imagenet'), /the layouts that are known: nih-chest-xray14/);
  const cut = copyOf('vindr', { 'breast-level_annotations.csv': 'study_id,image_id\ns1,i1\n' });
  await assert.rejects(opened(cut), { code: 'intake.set-column-missing' });
});

test('the real mini-MIAS copy: 162 pictures of 81 women, every mark inside', async (t) => {
  const folder = join(process.env['UNICA_DATA'] ?? '../shared/data', 'mini-mias');
  if (!existsSync(folder)) return t.skip('the pictures of mini-MIAS are not there');
  const source = openSource(folder, { layout: 'auto' });
  const [set] = await source.sets();
  assert.equal(set?.layout, 'mini-mias');
  const pictures = set?.pictures ?? [];
  assert.equal(pictures.length, 162);
  const women = new Map<string, number>();
  for (const { patientId, marks } of pictures) {
    women.set(patientId, (women.get(patientId) ?? 0) + 1);
    for (const { x, y, width, height } of marks) {
      assert.ok(x + width / 2 > 0 && x + width / 2 < 1024 && y + height / 2 > 0 && y + height / 2 < 1024);
    }
  }
  assert.ok([...women.values()].every((count) => count === 2));
  let read = 0;
  for await (const file of source) {
    if (read === 6) break;
    const frame = decodeFrame(parseDicom(await file.read()));
    assert.deepEqual([frame.rows, frame.columns], [512, 512]);
    read += 1;
  }
  assert.equal(read, 6);
});
