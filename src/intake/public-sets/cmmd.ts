import { readCsv } from '../csv.ts';
import {
  ageIn,
  fileNamed,
  type PublicLayout,
  type PublicSet,
  rowsByName,
  type SetPicture,
  sideIn,
} from './public-set.ts';

const TABLE = /^CMMD_clinicaldata_revision\.(xlsx|csv)$/i;
const PATIENT = /(?:^|\/)(D[12]-\d{4})\//i;

/**
 * CMMD (Cai et al., The Chinese Mammography Database, The Cancer Imaging Archive 2022): `CMMD_clinicaldata_revision.xlsx` with
 * ID1, LeftRight, Age, number, abnormality, classification, subtype, one row a breast; DICOM files below folders named after the
 * patient (`D1-0001`). The table does not say which file is which breast: both breasts' rows go with every file of the woman.
 */
export const cmmd: PublicLayout = {
  name: 'cmmd',
  title: 'CMMD',
  looksFor: 'CMMD_clinicaldata_revision.xlsx',
  recognises: (names) => fileNamed(names, TABLE) !== undefined,
  async read({ names, text, sheet }): Promise<PublicSet> {
    const table = fileNamed(names, TABLE) ?? '';
    const contents = /\.csv$/i.test(table) ? readCsv(await text(table)) : await sheet(table);
    const pictures = new Map<string, SetPicture>();
    for (const cell of rowsByName(contents, table, ['ID1', 'LeftRight', 'Age', 'classification'])) {
      const patientId = cell('ID1').toUpperCase();
      const before = pictures.get(patientId);
      const side = sideIn(cell('LeftRight'));
      const finding = `${cell('classification').toLowerCase()} ${cell('abnormality').toLowerCase()}`.trim();
      pictures.set(patientId, {
        ...{ patientId, studyId: patientId, imageId: patientId, modality: 'MG', sex: 'F', marks: [] },
        ageYears: ageIn(cell('Age')),
        findings: [...new Set([...(before?.findings ?? []), finding])],
        values: {
          ...before?.values,
          [side === 'L' ? 'left' : 'right']: cell('classification'),
          ...(cell('subtype') === '' ? {} : { subtype: cell('subtype') }),
        },
      });
    }
    return {
      layout: this.name,
      pictures: [...pictures.values()],
      pictureOf: (name) => {
        const picture = pictures.get((PATIENT.exec(name)?.[1] ?? '').toUpperCase());
        return picture === undefined ? undefined : { ...picture, imageId: name };
      },
    };
  },
};
