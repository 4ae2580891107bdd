import {
  csvByName,
  fileNamed,
  mammogramViewIn,
  numberIn,
  type PublicLayout,
  type SetMark,
  type SetPicture,
  setByKey,
  sideIn,
  stemOf,
} from './public-set.ts';

const BREASTS = 'breast-level_annotations.csv';
const FINDINGS = 'finding_annotations.csv';

/**
 * VinDr-Mammo (Nguyen et al., Scientific Data 10:277, 2023; physionet.org/content/vindr-mammo): `breast-level_annotations.csv`
 * (study_id, series_id, image_id, laterality, view_position, height, width, breast_birads, breast_density, split),
 * `finding_annotations.csv` (finding_categories as a list of words, xmin, ymin, xmax, ymax), `images/STUDY/IMAGE.dicom`. A study is a
 * woman: nothing says which studies are of one.
 */
export const vinDrMammo: PublicLayout = {
  name: 'vindr-mammo',
  title: 'VinDr-Mammo',
  looksFor: `${BREASTS} (and ${FINDINGS})`,
  recognises: (names) => fileNamed(names, BREASTS) !== undefined,
  async read({ names, text }) {
    const found = fileNamed(names, FINDINGS);
    const marks = found === undefined ? new Map<string, SetMark[]>() : marksOf(await text(found));
    const pictures = new Map<string, SetPicture>();
    const table = fileNamed(names, BREASTS) ?? '';
    const needed = ['study_id', 'image_id', 'laterality', 'view_position', 'breast_birads', 'breast_density', 'split'];
    for (const cell of csvByName(await text(table), table, needed)) {
      const [imageId, studyId] = [cell('image_id'), cell('study_id')];
      const here = marks.get(imageId) ?? [];
      pictures.set(imageId, {
        ...{ imageId, studyId, patientId: studyId, modality: 'MG', marks: here },
        laterality: sideIn(cell('laterality')),
        view: mammogramViewIn(cell('view_position')),
        sex: 'F',
        findings: [...new Set(here.map(({ finding }) => finding))],
        split: cell('split') === 'test' ? 'test' : 'train',
        values: {
          birads: cell('breast_birads').replace(/^BI-RADS\s*/i, ''),
          density: cell('breast_density')
            .replace(/^DENSITY\s*/i, '')
            .toLowerCase(),
        },
      });
    }
    return setByKey(this.name, pictures, stemOf);
  },
};

/** One row a finding and category list; `['No Finding']` has no box. */
function marksOf(text: string): Map<string, SetMark[]> {
  const marks = new Map<string, SetMark[]>();
  for (const cell of csvByName(text, FINDINGS, ['image_id', 'finding_categories', 'xmin', 'ymin', 'xmax', 'ymax'])) {
    const [left, top, right, bottom] = ['xmin', 'ymin', 'xmax', 'ymax'].map((name) => numberIn(cell(name)));
    if (left === undefined || top === undefined || right === undefined || bottom === undefined) continue;
    const box = { x: left, y: top, width: right - left, height: bottom - top };
    const words = [...cell('finding_categories').matchAll(/'([^']+)'|"([^"]+)"/g)].map(
      ([, one, two]) => one ?? two ?? '',
    );
    const image = cell('image_id');
    marks.set(image, [...(marks.get(image) ?? []), ...words.map((finding) => ({ finding, ...box }))]);
  }
  return marks;
}
