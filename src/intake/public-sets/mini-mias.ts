import {
  csvByName,
  fileNamed,
  numberIn,
  type PublicLayout,
  type PublicSet,
  type SetPicture,
  setByKey,
  stemOf,
} from './public-set.ts';

/** Note 3 says that calcifications are all over the picture, so that no place is given. */
const LINE = /^(mdb\d{3})[a-z]*\s+([FGD])\s+([A-Z]{4})(?:\s+([BM]))?(?:\s+(\d+)\s+(\d+)\s+(\d+)|\s+\*NOTE 3\*)?\s*$/;
/** Rows and columns of the published pictures; places are counted from the lower left corner. */
const SIZE = 1024;
const CLASSES: Readonly<Record<string, string>> = {
  CALC: 'Calcification',
  CIRC: 'Mass',
  SPIC: 'Mass',
  MISC: 'Mass',
  ARCH: 'Distortion',
  ASYM: 'Asymmetry',
};

/**
 * mini-MIAS (Suckling et al. 1994; peipa.essex.ac.uk/info/mias.html): `Info.txt` with a line `mdb001 G CIRC B 535 425 197` an
 * abnormality (density F, G, D; class; severity; centre from the lower left; radius) and `mdb001.pgm` of 1024² at 0.2 mm, all MLO. Two
 * pictures in a row are the breasts of one woman, the right one first. Or a smaller copy: PNG pictures with `labels.csv`, which holds the same lines in
 * its column `raw_line`; marks are then in pixels of 1024 all the same.
 */
export const miniMias: PublicLayout = {
  name: 'mini-mias',
  title: 'mini-MIAS',
  looksFor: 'Info.txt beside mdb001.pgm, or labels.csv with the column raw_line',
  recognises: (names) =>
    names.some((name) => /(^|\/)mdb\d{3}\.(pgm|png)$/i.test(name) || /images\d+\.zip$/i.test(name)) &&
    fileNamed(names, 'Info.txt') !== undefined,
  async read({ names, text }): Promise<PublicSet> {
    const table = fileNamed(names, 'labels.csv');
    const lines =
      table === undefined
        ? (await text(fileNamed(names, 'Info.txt') ?? '')).split(/\r?\n/)
        : csvByName(await text(table), table, ['image', 'raw_line']).map((cell) => cell('raw_line'));
    const pictures = new Map<string, SetPicture>();
    for (const line of lines) {
      const parts = LINE.exec(line.trim());
      if (parts === null) continue;
      const [, imageId = '', density = '', kind = '', severity = ''] = parts;
      const [x, y, radius] = parts.slice(5).map((part) => numberIn(part ?? ''));
      const before = pictures.get(imageId);
      const number = Number(imageId.slice(3));
      const finding = CLASSES[kind];
      const woman = `mias-${String(Math.ceil(number / 2)).padStart(3, '0')}`;
      const said =
        finding === undefined ? [] : [`${severity === 'M' ? 'malignant' : 'benign'} ${finding.toLowerCase()}`];
      pictures.set(imageId, {
        ...{ imageId, patientId: woman, studyId: woman, modality: 'MG', view: 'MLO', sex: 'F' },
        laterality: number % 2 === 1 ? 'R' : 'L',
        pixelSpacingMm: table === undefined ? 0.2 : undefined,
        findings: [...new Set([...(before?.findings ?? []), ...said])],
        marks: [
          ...(before?.marks ?? []),
          ...(x === undefined || y === undefined || radius === undefined
            ? []
            : [{ finding: kind, x: x - radius, y: SIZE - y - radius, width: 2 * radius, height: 2 * radius }]),
        ],
        values: { tissue: density, class: kind, severity },
      });
    }
    return setByKey(this.name, pictures, (name) => stemOf(name).toLowerCase());
  },
};
