import {
  ageIn,
  baseName,
  csvByName,
  fileNamed,
  numberIn,
  type PublicLayout,
  type SetMark,
  type SetPicture,
  setByKey,
  sexIn,
} from './public-set.ts';

const TABLE = /^Data_Entry_2017.*\.csv$/i;

/**
 * NIH ChestX-ray14 (Wang et al., CVPR 2017; nihcc.app.box.com/v/ChestXray-NIHCC): `Data_Entry_2017(_v2020).csv`, whose
 * headings `OriginalImage[Width,Height]` and `OriginalImagePixelSpacing[x,y]` fall into two columns each, `BBox_List_2017.csv`,
 * `train_val_list.txt` and `test_list.txt`; PNG pictures of 1024² in `images` or `images_001/images` and on.
 */
export const nihChestXray14: PublicLayout = {
  name: 'nih-chest-xray14',
  title: 'NIH ChestX-ray14',
  looksFor: 'Data_Entry_2017.csv or Data_Entry_2017_v2020.csv',
  recognises: (names) => fileNamed(names, TABLE) !== undefined,
  async read({ names, text }) {
    const table = fileNamed(names, TABLE) ?? '';
    const boxes = fileNamed(names, 'BBox_List_2017.csv');
    const marks = boxes === undefined ? new Map<string, SetMark[]>() : boxesOf(await text(boxes));
    const test = await listed(fileNamed(names, 'test_list.txt'), text);
    const learned = await listed(fileNamed(names, 'train_val_list.txt'), text);
    const pictures = new Map<string, SetPicture>();
    for (const cell of csvByName(await text(table), table, ['Image Index', 'Finding Labels', 'Patient ID'])) {
      const imageId = cell('Image Index');
      const view = cell('View Position').toUpperCase();
      const [width, spacing] = [numberIn(cell('OriginalImage[Width')), numberIn(cell('OriginalImagePixelSpacing[x'))];
      pictures.set(imageId.toLowerCase(), {
        ...{ imageId, studyId: imageId, patientId: cell('Patient ID'), modality: 'DX' },
        view: view === 'PA' || view === 'AP' ? view : undefined,
        ageYears: ageIn(cell('Patient Age')),
        sex: sexIn(cell('Patient Gender') || cell('Patient Sex')),
        // The published pictures are 1024 wide whatever the original was.
        pixelSpacingMm: width === undefined || spacing === undefined ? undefined : (spacing * width) / 1024,
        findings: cell('Finding Labels')
          .split('|')
          .filter((finding) => finding !== '' && finding !== 'No Finding'),
        split: test.has(imageId) ? 'test' : learned.has(imageId) ? 'train' : undefined,
        marks: marks.get(imageId) ?? [],
        values: { followup: cell('Follow-up #') },
      });
    }
    return setByKey(this.name, pictures, (name) => baseName(name).toLowerCase());
  },
};

async function listed(name: string | undefined, text: (name: string) => Promise<string>): Promise<ReadonlySet<string>> {
  return new Set(name === undefined ? [] : (await text(name)).split(/\s+/));
}

/** `Image Index,Finding Label,Bbox [x,y,w,h],,,`: the last heading stands for four columns. */
function boxesOf(text: string): Map<string, SetMark[]> {
  const marks = new Map<string, SetMark[]>();
  for (const line of text.split(/\r?\n/).slice(1)) {
    const [image = '', finding = '', ...numbers] = line.split(',');
    const [x, y, width, height] = numbers.slice(0, 4).map(numberIn);
    if (x === undefined || y === undefined || width === undefined || height === undefined) continue;
    marks.set(image, [...(marks.get(image) ?? []), { finding, x, y, width, height }]);
  }
  return marks;
}
