import {
  ageIn,
  fileNamed,
  numberIn,
  type PublicLayout,
  type SetPicture,
  setByKey,
  sexIn,
  stemOf,
} from './public-set.ts';

const SIZE = 2048;
const SPACING_MM = 0.175;

/**
 * The Standard Digital Image Database of the Japanese Society of Radiological Technology (Shiraishi et al., AJR 174:71, 2000;
 * db.jsrt.or.jp/eng.php): `JPCLN001.IMG` and on with a nodule, `JPCNN001.IMG` and on without: 2048² pixels of 0.175 mm, 12 bits in 16,
 * big endian, no header, high values dark. `CLNDAT_EN.txt`, by tabs: file, subtlety 1 to 5, size in mm, age, sex, x, y, malignant or
 * benign, place, diagnosis; `CNNDAT_EN.txt`: file, age, sex, non-nodule. `?` is not known.
 */
export const jsrt: PublicLayout = {
  name: 'jsrt',
  title: 'JSRT',
  looksFor: 'CLNDAT_EN.txt or CNNDAT_EN.txt beside JPCLN001.IMG',
  recognises: (names) =>
    fileNamed(names, 'CLNDAT_EN.txt') !== undefined || fileNamed(names, 'CNNDAT_EN.txt') !== undefined,
  async read({ names, text }) {
    const pictures = new Map<string, SetPicture>();
    const shared = {
      modality: 'DX',
      view: 'PA',
      pixelSpacingMm: SPACING_MM,
      raw: { rows: SIZE, columns: SIZE },
    } as const;
    for (const [
      file = '',
      subtlety = '',
      size = '',
      age = '',
      sex = '',
      across = '',
      down = '',
      kind = '',
      place = '',
      diagnosis = '',
    ] of await lines(fileNamed(names, 'CLNDAT_EN.txt'), text, /\t+/)) {
      const [x, y, diameterMm] = [numberIn(across), numberIn(down), numberIn(size)];
      const side = (diameterMm ?? 0) / SPACING_MM;
      pictures.set(stemOf(file).toUpperCase(), {
        ...identity(file),
        ...shared,
        ageYears: ageIn(age),
        sex: sexIn(sex),
        findings: ['Nodule'],
        marks:
          x === undefined || y === undefined
            ? []
            : [{ finding: 'Nodule', x: x - side / 2, y: y - side / 2, width: side, height: side }],
        values: { subtlety, size_mm: size, kind, place, diagnosis },
      });
    }
    for (const [file = '', age = '', sex = ''] of await lines(fileNamed(names, 'CNNDAT_EN.txt'), text, /\s+/)) {
      pictures.set(stemOf(file).toUpperCase(), {
        ...{ ...identity(file), ...shared, findings: [], marks: [], values: {} },
        ageYears: ageIn(age),
        sex: sexIn(sex),
      });
    }
    return setByKey(this.name, pictures, (name) => stemOf(name).toUpperCase());
  },
};

function identity(file: string) {
  const imageId = stemOf(file).toUpperCase();
  return { imageId, patientId: imageId, studyId: imageId };
}

/** Lines end in a carriage return alone in some copies. */
async function lines(
  name: string | undefined,
  text: (name: string) => Promise<string>,
  between: RegExp,
): Promise<readonly (readonly string[])[]> {
  if (name === undefined) return [];
  return (await text(name))
    .split(/[\r\n]+/)
    .map((line) => line.trim().split(between))
    .filter(([file = '']) => /^JPC[LN]N\d{3}\.IMG$/i.test(file));
}
