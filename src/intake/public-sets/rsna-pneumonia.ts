import {
  csvByName,
  fileNamed,
  numberIn,
  type PublicLayout,
  type SetMark,
  type SetPicture,
  setByKey,
  stemOf,
} from './public-set.ts';

const LABELS = /^stage_[12]_train_labels\.csv$/i;
const CLASSES = /^stage_[12]_detailed_class_info\.csv$/i;

/**
 * RSNA Pneumonia Detection Challenge (Shih et al., Radiology: Artificial Intelligence 1:e180041, 2019): `stage_2_train_labels.csv` with
 * patientId, x, y, width, height, Target, one row a box; `stage_2_detailed_class_info.csv` with patientId, class; DICOM pictures
 * `stage_2_train_images/PATIENTID.dcm`, one a patientId.
 */
export const rsnaPneumonia: PublicLayout = {
  name: 'rsna-pneumonia',
  title: 'RSNA Pneumonia Detection Challenge',
  looksFor: 'stage_2_train_labels.csv',
  recognises: (names) => fileNamed(names, LABELS) !== undefined,
  async read({ names, text }) {
    const table = fileNamed(names, LABELS) ?? '';
    const classTable = fileNamed(names, CLASSES);
    const classes = new Map(
      classTable === undefined
        ? []
        : csvByName(await text(classTable), classTable, ['patientId', 'class']).map((cell) => [
            cell('patientId'),
            cell('class'),
          ]),
    );
    const pictures = new Map<string, SetPicture>();
    for (const cell of csvByName(await text(table), table, ['patientId', 'x', 'y', 'width', 'height', 'Target'])) {
      const imageId = cell('patientId');
      pictures.set(imageId, {
        ...{ imageId, patientId: imageId, studyId: imageId, modality: 'DX' },
        findings: cell('Target') === '1' ? ['Lung Opacity'] : [],
        marks: [...(pictures.get(imageId)?.marks ?? []), ...boxOf(cell)],
        values: { class: classes.get(imageId) ?? '' },
      });
    }
    return setByKey(this.name, pictures, stemOf);
  },
};

function boxOf(cell: (column: string) => string): readonly SetMark[] {
  const [x, y, width, height] = ['x', 'y', 'width', 'height'].map((name) => numberIn(cell(name)));
  if (x === undefined || y === undefined || width === undefined || height === undefined) return [];
  return [{ finding: 'Lung Opacity', x, y, width, height }];
}
