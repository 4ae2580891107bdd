import {
  baseName,
  csvByName,
  mammogramViewIn,
  type PublicLayout,
  type SetPicture,
  setByKey,
  sideIn,
} from './public-set.ts';

const TABLE = /^(mass|calc)_case_description_(train|test)_set\.csv$/i;
/** First part of a path of the tables, and the folder of the collection: `Mass-Training_P_00001_LEFT_CC`. */
const FOLDER = /((?:Mass|Calc)-(?:Training|Test)_(P_\d+)_(LEFT|RIGHT)_(CC|MLO))(?=\/|$)/i;

/**
 * CBIS-DDSM (Lee et al., Scientific Data 4:170177, 2017; the collection of that name in The Cancer Imaging Archive): four tables
 * `mass|calc_case_description_train|test_set.csv` (patient_id, breast_density or `breast density`, `left or right breast`, `image view`,
 * `abnormality id`, assessment, pathology, subtlety, `image file path`, `cropped image file path`, `ROI mask file path`), one row an
 * abnormality. Folders of crops and masks end in a number and are no pictures. PatientID of the files names the folder; here it is
 * P_00001, so that all of a woman stays together.
 */
export const cbisDdsm: PublicLayout = {
  name: 'cbis-ddsm',
  title: 'CBIS-DDSM',
  looksFor: 'mass_case_description_train_set.csv and its three sisters',
  recognises: (names) => names.some((name) => TABLE.test(baseName(name))),
  async read({ names, text }) {
    const pictures = new Map<string, SetPicture>();
    for (const table of names.filter((name) => TABLE.test(baseName(name)))) {
      const split = /_test_/i.test(baseName(table)) ? 'test' : 'train';
      const needed = ['patient_id', 'left or right breast', 'image view', 'pathology', 'image file path'];
      for (const cell of csvByName(await text(table), table, needed)) {
        const folder = FOLDER.exec(cell('image file path').trim())?.[1] ?? '';
        if (folder === '') continue;
        const before = pictures.get(folder);
        const pathology = cell('pathology').toUpperCase();
        const kind = /^calc/i.test(baseName(table)) ? 'calcification' : 'mass';
        const finding = `${pathology.startsWith('MALIGNANT') ? 'malignant' : 'benign'} ${kind}`;
        pictures.set(folder, {
          ...{ imageId: folder, patientId: cell('patient_id'), modality: 'MG', split, sex: 'F', marks: [] },
          studyId: folder,
          laterality: sideIn(cell('left or right breast')),
          view: mammogramViewIn(cell('image view')),
          findings: [...new Set([...(before?.findings ?? []), finding])],
          values: {
            density: 'abcd'.charAt(Number(cell('breast_density') || cell('breast density')) - 1),
            birads: cell('assessment'),
            pathology: [...new Set([...(before?.values['pathology']?.split('|') ?? []), pathology])].join('|'),
            mask: [...(before?.values['mask']?.split('|') ?? []), cell('ROI mask file path').trim()].join('|'),
          },
        });
      }
    }
    // A part of the path that is the folder's name to its end: crops and masks have `_1` behind it.
    return setByKey(this.name, pictures, (name) => FOLDER.exec(name)?.[1] ?? '');
  },
};
