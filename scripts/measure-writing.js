// How much of the writing put into coloured pictures is blacked out, and what is taken for writing in real films.
// Peers: python3 with Pillow and numpy, DejaVu fonts. Run: node scripts/measure-writing.js [folder of DICOM files]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pixelCodecs } from '../dist/codecs/index.js';
import { lookAtPixels } from '../dist/deid/clean-pixels.js';
import { buildDicom, decodeSamples, parseDicom, toRgb } from '../dist/dicom/index.js';

const folder = process.argv[2] ?? '../shared/data/dicom';
const codecs = pixelCodecs();
const scratch = mkdtempSync(join(tmpdir(), 'unica-writing-'));
const SIZE = { rows: 480, columns: 640 };

/** Draws a line of each size and colour at a random place on both grounds; ink is where a pixel changed by more than 60. */
const PAINTER = `
import sys, random, numpy
from PIL import Image, ImageDraw, ImageFont
target = sys.argv[1]
random.seed(4)
numpy.random.seed(4)
fonts = ['DejaVuSans.ttf', 'DejaVuSansMono.ttf', 'DejaVuSerif-Bold.ttf']
texts = ['ZBOROWSKA ADA', 'Papadopoulos N.', '14.03.1957', 'ID 4711-0815', 'Novák Jiří', 'ΠΑΠΑΔΟΠΟΥΛΟΥ', 'Шевченко О.', 'Klinik Nord 2019']
colours = {'white': (255,255,255), 'yellow': (255,220,0), 'green': (0,220,90), 'red': (255,40,40), 'blue': (60,80,255)}
def scan():
    n = numpy.random.rayleigh(1, (240, 320))
    g = numpy.array(Image.fromarray((n * 40).clip(0, 255).astype('uint8')).resize((640, 480), Image.BICUBIC)).astype(float)
    y, x = numpy.mgrid[0:480, 0:640]
    g *= 0.5 + 0.4 * numpy.sin(y / 23) * numpy.sin(x / 41)
    fan = (numpy.abs(x - 320) < 40 + y * 0.55) & (y > 20)
    g = (g * fan).clip(0, 255)
    return numpy.stack([g] * 3, -1).astype('uint8')
photo = numpy.fromfile(target + '/photo', dtype='uint8').reshape(480, 640, 3)
with open(target + '/list', 'w') as out:
    n = 0
    for ground in ['scan', 'photo']:
        for size in [9, 11, 14, 18, 24, 36]:
            for colour, rgb in colours.items():
                for turn in range(8):
                    base = scan() if ground == 'scan' else photo
                    image = Image.fromarray(base.copy())
                    font = ImageFont.truetype(fonts[turn % 3], round(size / 0.73))
                    text = texts[turn]
                    box = font.getbbox(text)
                    x = random.randint(2, max(3, 636 - box[2])); y = random.randint(2, 470 - box[3])
                    ImageDraw.Draw(image).text((x, y), text, font=font, fill=rgb)
                    after = numpy.array(image)
                    ink = (numpy.abs(after.astype(int) - base).max(-1) > 60)
                    after.tofile(f'{target}/{n}.rgb'); ink.astype('uint8').tofile(f'{target}/{n}.ink')
                    out.write(f'{ground} {size} {colour}\\n'); n += 1
`;

try {
  photo();
  const { status, stderr } = spawnSync('python3', ['-c', PAINTER, scratch], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  recall();
  falseLines();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

/** The mucosa of a real endoscopy (WG04 VL2), without its margins, which are full of writing, mirrored to full size. */
function photo() {
  const samples = decodeSamples(parseDicom(new Uint8Array(readFileSync(join(folder, 'wg04/VL2_RLE')))));
  const rgb = toRgb(samples);
  const view = { left: 300, top: 80, width: 380, height: 340 };
  const mirrored = (at, size) => (Math.floor(at / size) % 2 === 0 ? at % size : size - 1 - (at % size));
  const bytes = Buffer.alloc(SIZE.rows * SIZE.columns * 3);
  for (let row = 0; row < SIZE.rows; row += 1) {
    for (let column = 0; column < SIZE.columns; column += 1) {
      const y = view.top + mirrored(row, view.height);
      const x = view.left + mirrored(column, view.width);
      const from = (y * samples.columns + x) * 3;
      bytes.set(rgb.subarray(from, from + 3), (row * SIZE.columns + column) * 3);
    }
  }
  writeFileSync(join(scratch, 'photo'), bytes);
}

function recall() {
  const found = new Map();
  const lines = readFileSync(join(scratch, 'list'), 'utf8').trim().split('\n');
  for (const [index, line] of lines.entries()) {
    const [ground, size, colour] = line.split(' ');
    const ink = readFileSync(join(scratch, `${index}.ink`));
    const file = parseDicom(
      buildDicom({
        SOPClassUID: '1.2.840.10008.5.1.4.1.1.7',
        SOPInstanceUID: '1.2.3',
        ...{ SamplesPerPixel: 3, PhotometricInterpretation: 'RGB', PlanarConfiguration: 0, PixelRepresentation: 0 },
        ...{ Rows: SIZE.rows, Columns: SIZE.columns, BitsAllocated: 8, BitsStored: 8, HighBit: 7 },
        PixelData: new Uint8Array(readFileSync(join(scratch, `${index}.rgb`))),
      }),
    );
    const { masks, doubts, page } = lookAtPixels(file, { codecs });
    let [all, covered] = [0, 0];
    for (let at = 0; at < ink.length; at += 1) {
      if (ink[at] === 0) continue;
      const [x, y] = [at % SIZE.columns, Math.floor(at / SIZE.columns)];
      all += 1;
      if (masks.some((mask) => x >= mask.x && y >= mask.y && x < mask.x + mask.width && y < mask.y + mask.height))
        covered += 1;
    }
    const key = `${ground} ${size}`;
    const letters = Math.max(1, boundsOf(ink));
    const sum = found.get(key) ?? { lines: 0, area: 0, black: 0, aside: 0, missed: {} };
    sum.lines += 1;
    sum.area += masks.reduce((area, mask) => area + mask.width * mask.height, 0) / letters;
    if (covered >= 0.95 * all) sum.black += 1;
    else if (doubts.length > 0 || page) sum.aside += 1;
    else sum.missed[colour] = (sum.missed[colour] ?? 0) + 1;
    found.set(key, sum);
  }
  for (const [key, { lines: count, area, black, aside, missed }] of found) {
    const percent = (part) => `${Math.round((100 * part) / count)} %`;
    console.log(
      `${key} px: blacked out ${percent(black)}, set aside ${percent(aside)}, missed ${JSON.stringify(missed)}, blacked out area by that of the writing ${(area / count).toFixed(1)}`,
    );
  }
}

/** Pixels of the smallest rectangle around the ink. */
function boundsOf(ink) {
  let [left, right, top, bottom] = [SIZE.columns, 0, SIZE.rows, 0];
  for (let at = 0; at < ink.length; at += 1) {
    if (ink[at] === 0) continue;
    const [x, y] = [at % SIZE.columns, Math.floor(at / SIZE.columns)];
    [left, right, top, bottom] = [Math.min(left, x), Math.max(right, x), Math.min(top, y), Math.max(bottom, y)];
  }
  return (right - left + 1) * (bottom - top + 1);
}

function falseLines() {
  for (const under of ['', 'odd', 'wg04']) {
    for (const entry of readdirSync(join(folder, under), { withFileTypes: true })) {
      if (!entry.isFile() || /\.(dump|zst|gz)$/.test(entry.name)) continue;
      const name = join(under, entry.name);
      try {
        const seen = lookAtPixels(parseDicom(new Uint8Array(readFileSync(join(folder, name)))), { codecs });
        if (seen !== undefined && seen.masks.length + seen.doubts.length > 0)
          console.log(`${name}: ${seen.masks.length} masks, ${seen.doubts.length} doubts`);
      } catch {
        // No pictures.
      }
    }
  }
}
