import { ageIn, csvByName, type PublicLayout, type SetPicture, setByKey, sexIn } from './public-set.ts';

const FINDINGS = [
  ...['Enlarged Cardiomediastinum', 'Cardiomegaly', 'Lung Opacity', 'Lung Lesion', 'Edema', 'Consolidation'],
  ...['Pneumonia', 'Atelectasis', 'Pneumothorax', 'Pleural Effusion', 'Pleural Other', 'Fracture', 'Support Devices'],
] as const;

/** `patient00001/study1/view1_frontal`: what a row and a file have in common, wherever the set was unpacked. */
const PLACE = /(patient\d+)\/(study\d+)\/(view\d+_\w+)\.jpg$/i;
const TABLES = /(^|\/)(train|valid|test)\.csv$/i;

/**
 * CheXpert (Irvin et al., AAAI 2019; stanfordmlgroup.github.io/competitions/chexpert): `train.csv` and `valid.csv` with the
 * columns Path, Sex, Age, Frontal/Lateral, AP/PA and 14 observations: 1 present, 0 absent, −1 uncertain, empty not mentioned.
 * Only what is present counts as a finding; what is uncertain is kept under `uncertain`. JPEG pictures beside.
 */
export const cheXpert: PublicLayout = {
  name: 'chexpert',
  title: 'CheXpert',
  looksFor: 'train.csv or valid.csv beside patient00001/study1/view1_frontal.jpg',
  recognises: (names) => names.some((name) => TABLES.test(name)) && names.some((name) => PLACE.test(name)),
  async read({ names, text }) {
    const pictures = new Map<string, SetPicture>();
    for (const table of names.filter((name) => TABLES.test(name))) {
      const split = /valid\.csv$/i.test(table) ? 'val' : /test\.csv$/i.test(table) ? 'test' : 'train';
      for (const cell of csvByName(await text(table), table, ['Path', 'Sex', 'Age', 'AP/PA'])) {
        const place = PLACE.exec(cell('Path'));
        if (place === null) continue;
        const [imageId, patientId = '', study = ''] = place;
        const view = cell('AP/PA').toUpperCase();
        const having = (value: number): string[] => FINDINGS.filter((name) => Number(cell(name) || NaN) === value);
        pictures.set(imageId.toLowerCase(), {
          ...{ imageId, patientId, studyId: `${patientId}/${study}`, modality: 'DX', split },
          view: /lateral/i.test(cell('Frontal/Lateral')) ? 'LL' : view === 'PA' || view === 'AP' ? view : undefined,
          ageYears: ageIn(cell('Age')),
          sex: sexIn(cell('Sex')),
          findings: having(1),
          marks: [],
          values: { uncertain: having(-1).join('|') },
        });
      }
    }
    return setByKey(this.name, pictures, (name) => (PLACE.exec(name)?.[0] ?? '').toLowerCase());
  },
};
