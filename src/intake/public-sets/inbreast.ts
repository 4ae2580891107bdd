import {
  baseName,
  csvByName,
  fileNamed,
  mammogramViewIn,
  type PublicLayout,
  type SetMark,
  type SetPicture,
  setByKey,
  sideIn,
  stemOf,
} from './public-set.ts';

/** `22678622_61b13c59bcba149e_MG_L_CC_ANON.dcm`: number of the picture, pseudonym of the woman, view. */
const FILE = /^(\d{8})_([0-9a-f]+)_MG_([LR])_(CC|ML|MLO)_ANON\.dcm$/i;

/**
 * INbreast (Moreira et al., Academic Radiology 19(2):236, 2012): `INbreast.csv` (`;`, or `INbreast.xls` saved as such) with Laterality,
 * View, `File Name`, ACR, `Mass `, `Micros`, Distortion, Asymmetry, Bi-Rads; `AllDICOMs`; `AllXML/NUMBER.xml` with the regions as a
 * property list (Name, Point_px). The table has no patients: the pseudonym of the file's name keeps those of a woman together.
 */
export const inBreast: PublicLayout = {
  name: 'inbreast',
  title: 'INbreast',
  looksFor: 'INbreast.csv (save INbreast.xls as CSV) beside AllDICOMs',
  recognises: (names) => fileNamed(names, 'INbreast.csv') !== undefined,
  async read({ names, text }) {
    const table = fileNamed(names, 'INbreast.csv') ?? '';
    const women = new Map<string, string>();
    for (const name of names) {
      const parts = FILE.exec(baseName(name));
      if (parts !== null) women.set(parts[1] ?? '', parts[2] ?? '');
    }
    const regions = new Map(
      names.filter((name) => /^\d{8}\.xml$/i.test(baseName(name))).map((name) => [stemOf(name), name]),
    );
    const pictures = new Map<string, SetPicture>();
    for (const cell of csvByName(await text(table), table, ['Laterality', 'View', 'File Name', 'ACR', 'Bi-Rads'])) {
      const imageId = cell('File Name').replace(/\.0$/, '');
      // Two lines of totals close the table.
      if (!/^\d{8}$/.test(imageId)) continue;
      const patientId = women.get(imageId) ?? imageId;
      const region = regions.get(imageId);
      const marked = (column: string): boolean => cell(column).toUpperCase() === 'X';
      pictures.set(imageId, {
        ...{ imageId, patientId, studyId: patientId, modality: 'MG', sex: 'F' },
        laterality: sideIn(cell('Laterality')),
        view: mammogramViewIn(cell('View')),
        findings: [
          ...(marked('Mass') ? ['Mass'] : []),
          ...(marked('Micros') ? ['Calcification'] : []),
          ...(marked('Distortion') ? ['Distortion'] : []),
          ...(marked('Asymmetry') ? ['Asymmetry'] : []),
        ],
        marks: region === undefined ? [] : regionsOf(await text(region)),
        values: { birads: cell('Bi-Rads'), density: 'abcd'.charAt(Number(cell('ACR')) - 1) },
      });
    }
    return setByKey(this.name, pictures, (name) => FILE.exec(baseName(name))?.[1] ?? '');
  },
};

/** Boxes around the regions of a property list: each has its points, and its name beside them. */
function regionsOf(xml: string): readonly SetMark[] {
  return xml.split(/<key>\s*ROIs\s*<\/key>/).flatMap((part, place) =>
    place === 0
      ? []
      : part.split(/<key>\s*IndexInImage\s*<\/key>/).flatMap((region) => {
          const points = [...region.matchAll(/<string>\s*\((-?[\d.]+),\s*(-?[\d.]+)\)\s*<\/string>/g)];
          const inPixels = region.slice(region.search(/<key>\s*Point_px\s*<\/key>/));
          const own = [...inPixels.matchAll(/<string>\s*\((-?[\d.]+),\s*(-?[\d.]+)\)\s*<\/string>/g)];
          const finding = /<key>\s*Name\s*<\/key>\s*<string>([^<]*)<\/string>/.exec(region)?.[1]?.trim() ?? '';
          const chosen = /<key>\s*Point_px\s*<\/key>/.test(region) ? own : points;
          if (chosen.length === 0 || finding === '') return [];
          const [xs, ys] = [chosen.map((point) => Number(point[1])), chosen.map((point) => Number(point[2]))];
          const [x, y] = [smallest(xs), smallest(ys)];
          return [
            {
              finding,
              x,
              y,
              width: -smallest(xs.map((value) => -value)) - x,
              height: -smallest(ys.map((value) => -value)) - y,
            },
          ];
        }),
  );
}

function smallest(values: readonly number[]): number {
  return values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
}
