import { UnicaError } from '#base';
import { pixelCodecs } from '#codecs';
import { ALL_OPTIONS, deidentify, type SiteSecret } from '#deid';
import { decodeFrame, parseDicom, TAGS, toDicomJson, writeDicom } from '#dicom';

const SITE: SiteSecret = { siteId: 'campaign', secret: new Uint8Array(32).fill(7) };
const codecs = pixelCodecs();
/** Larger frames cost memory, not insight. */
const MOST_PIXELS = 2 ** 22;

/**
 * Sends bytes through everything that reads them: parser, DICOM JSON, rewriter, decoder, de-identification. → What became
 * of them, as a short text that is alike for alike ends.
 * @throws whatever a mistake throws: anything but a UnicaError, and a rewritten or cleaned file that cannot be read
 */
export function examineDicom(bytes: Uint8Array): string {
  const read = ended(() => {
    const file = parseDicom(bytes);
    JSON.stringify(toDicomJson(file.dataset));
    const [sopClassUid = '1.2', sopInstanceUid = '1.2'] = [
      file.dataset.text(0x00080016),
      file.dataset.text(0x00080018),
    ];
    mustBeReadable(writeDicom({ ...file, sopClassUid, sopInstanceUid }), 'rewritten');
    const pixels = (file.dataset.number(TAGS.rows) ?? 0) * (file.dataset.number(TAGS.columns) ?? 0);
    if (pixels > MOST_PIXELS) return 'read, too large to decode here';
    return ended(() => `read, ${decodeFrame(file, 0, codecs).values.length > 0 ? 'decoded' : 'empty'}`);
  });
  const cleaned = ended(() => {
    const outcome = deidentify(bytes, SITE, ALL_OPTIONS, { codecs });
    if (outcome.kind !== 'clean') return `set aside: ${outcome.because}`;
    mustBeReadable(outcome.image.bytes, 'cleaned');
    return 'clean';
  });
  return `${read}; ${cleaned}`;
}

function ended(work: () => string): string {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof UnicaError)) throw error;
    const { problem } = error.facts;
    return problem === undefined ? error.code : `${error.code}: ${String(problem).replaceAll(/\d+/g, '#')}`;
  }
}

function mustBeReadable(bytes: Uint8Array, what: string): void {
  try {
    parseDicom(bytes);
  } catch (cause) {
    throw new Error(`the ${what} file cannot be read`, { cause });
  }
}
