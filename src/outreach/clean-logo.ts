import { concatBytes, UnicaError, utf8 } from '#base';

/** A logo that holds nothing but its picture. */
export interface CleanLogo {
  readonly mediaType: 'image/png' | 'image/svg+xml';
  readonly bytes: Uint8Array;
}

/** A logo is no larger than this, in bytes. */
export const MOST_LOGO_BYTES = 262_144;
/** Nor wider or higher than this, in pixels. */
const MOST_PIXELS = 2000;

/**
 * A PNG without anything but its pixels, or an SVG without anything but its shapes: no scripts, links, styles from elsewhere, words about where it was made.
 * @throws UnicaError `kit.logo-refused`
 */
export function cleanLogo(bytes: Uint8Array): CleanLogo {
  if (bytes.length > MOST_LOGO_BYTES) throw refused(`larger than ${MOST_LOGO_BYTES} bytes`);
  if (PNG_SIGN.every((byte, index) => bytes[index] === byte)) return { mediaType: 'image/png', bytes: cleanPng(bytes) };
  const text = readText(bytes);
  if (!/<svg[\s>]/.test(text)) throw refused('neither PNG nor SVG');
  return { mediaType: 'image/svg+xml', bytes: utf8(cleanSvg(text)) };
}

const refused = (problem: string): UnicaError => new UnicaError('kit.logo-refused', { problem });

const PNG_SIGN = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Header, palette, transparency, pixels, end (PNG, third edition, 11). All other chunks are words, times, profiles and places. */
const KEPT_CHUNKS: ReadonlySet<string> = new Set(['IHDR', 'PLTE', 'tRNS', 'IDAT', 'IEND']);

function cleanPng(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kept: Uint8Array[] = [Uint8Array.from(PNG_SIGN)];
  const kinds: string[] = [];
  let at = PNG_SIGN.length;
  while (kinds.at(-1) !== 'IEND') {
    if (at + 12 > bytes.length) throw refused('the PNG ends too early');
    const length = view.getUint32(at);
    const end = at + 12 + length;
    if (end > bytes.length) throw refused('the PNG ends too early');
    const kind = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (kind === 'IHDR' && kinds.length > 0) throw refused('the PNG is damaged');
    if (kinds.length === 0) {
      if (kind !== 'IHDR' || length !== 13) throw refused('the PNG has no header');
      const [width, height] = [view.getUint32(at + 8), view.getUint32(at + 12)];
      if (width < 1 || height < 1 || width > MOST_PIXELS || height > MOST_PIXELS) {
        throw refused(`${width} by ${height} pixels, more than ${MOST_PIXELS}`);
      }
    }
    if (crc32(bytes.subarray(at + 4, end - 4)) !== view.getUint32(end - 4)) throw refused('the PNG is damaged');
    if (KEPT_CHUNKS.has(kind)) kept.push(bytes.slice(at, end));
    kinds.push(kind);
    at = end;
  }
  if (!kinds.includes('IDAT')) throw refused('the PNG has no pixels');
  return concatBytes(kept);
}

/** CRC-32 as PNG takes it. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

function readText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new UnicaError('kit.logo-refused', { problem: 'neither PNG nor SVG' }, { cause });
  }
}

/** Elements that draw, and what holds them together. All others go, with all that is in them. */
const SHAPES: ReadonlySet<string> = new Set(['path', 'rect', 'circle', 'ellipse', 'line', 'polyline', 'polygon']);
const KEPT_ELEMENTS: ReadonlySet<string> = new Set([
  ...SHAPES,
  'svg',
  'g',
  'defs',
  'clipPath',
  'linearGradient',
  'radialGradient',
  'stop',
]);
/** Attributes that say where and in which colour. */
const KEPT_ATTRIBUTES: ReadonlySet<string> = new Set(
  `id viewBox width height x y x1 y1 x2 y2 cx cy r rx ry fx fy d points transform fill fill-rule fill-opacity clip-rule clip-path
   stroke stroke-width stroke-linecap stroke-linejoin stroke-miterlimit stroke-dasharray stroke-dashoffset stroke-opacity
   opacity color stop-color stop-opacity offset gradientUnits gradientTransform spreadMethod clipPathUnits
   preserveAspectRatio`.split(/\s+/),
);
/** Words, numbers, colours, transformations, and places within the same file. Nothing that leads elsewhere is written without other signs. */
const HARMLESS = /^(?:url\(#[\w.-]+\)|(?![\s\S]*url)[\w\s#%.,()+-]*)$/i;
const TAG = /<(\/?)([A-Za-z][\w:.-]*)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/y;
const MOST_ELEMENTS = 5000;

/** The text without what stands from a beginning to its end; what has no end stays. Every sign is looked at once, however often something begins. */
function without(text: string, beginning: RegExp, end: string, look: (cut: string) => void = () => {}): string {
  const kept: string[] = [];
  let at = 0;
  for (let found = beginning.exec(text); found !== null; found = beginning.exec(text)) {
    const until = text.indexOf(end, beginning.lastIndex);
    if (until === -1) break;
    look(text.slice(found.index, until));
    kept.push(text.slice(at, found.index));
    at = until + end.length;
    beginning.lastIndex = at;
  }
  return kept.join('') + text.slice(at);
}

/** Written anew from what is kept, so that nothing else can be in it. */
function cleanSvg(text: string): string {
  const body = without(without(without(text, /<\?/g, '?>'), /<!--/g, '-->'), /<!DOCTYPE/gi, '>', (declared) => {
    if (declared.includes('[')) throw refused('the SVG declares entities');
  });
  if (/<!(?:DOCTYPE|ENTITY)/i.test(body)) throw refused('the SVG declares entities');
  const out: string[] = [];
  const open: { readonly name: string; readonly isKept: boolean }[] = [];
  let shapes = 0;
  let elements = 0;
  for (let at = body.indexOf('<'); at !== -1; at = body.indexOf('<', at)) {
    if (body.startsWith('<![CDATA[', at)) {
      const end = body.indexOf(']]>', at);
      if (end === -1) throw refused('the SVG is damaged');
      at = end + 3;
      continue;
    }
    TAG.lastIndex = at;
    const tag = TAG.exec(body);
    if (tag === null) throw refused('the SVG is damaged');
    at = TAG.lastIndex;
    const [, close, name = '', attributes = '', self] = tag;
    const isInside = open.every(({ isKept }) => isKept);
    if (close === '/') {
      const last = open.pop();
      if (last?.name !== name) throw refused('the SVG is damaged');
      if (last.isKept && open.every(({ isKept }) => isKept)) out.push(`</${name}>`);
      if (open.length === 0) break;
      continue;
    }
    elements += 1;
    if (elements > MOST_ELEMENTS) throw refused(`the SVG has more than ${MOST_ELEMENTS} elements`);
    const isRoot = open.length === 0;
    if (isRoot && name !== 'svg') throw refused('neither PNG nor SVG');
    if (name === 'style') throw refused('the SVG has a style sheet: save it with presentation attributes');
    const isKept = KEPT_ELEMENTS.has(name);
    if (isInside && isKept) {
      if (SHAPES.has(name)) shapes += 1;
      const own = isRoot ? ' xmlns="http://www.w3.org/2000/svg"' : '';
      out.push(`<${name}${own}${keptAttributes(attributes)}${self === '/' ? '/' : ''}>`);
    }
    if (self !== '/') open.push({ name, isKept });
  }
  if (open.length > 0 || shapes === 0) throw refused(shapes === 0 ? 'the SVG draws no shape' : 'the SVG is damaged');
  return out.join('');
}

function keptAttributes(text: string): string {
  const kept = new Map<string, string>();
  for (const [, name = '', quoted = ''] of text.matchAll(/([\w:.-]+)\s*=\s*("[^"]*"|'[^']*')/g)) {
    const value = quoted.slice(1, -1).trim();
    if (name === 'style') {
      // Drawing programs write colours as declarations.
      for (const declaration of value.split(';')) {
        const [property = '', ...rest] = declaration.split(':');
        keep(kept, property.trim(), rest.join(':').trim());
      }
    } else keep(kept, name, value);
  }
  return [...kept].map(([name, value]) => ` ${name}="${value}"`).join('');
}

function keep(kept: Map<string, string>, name: string, value: string): void {
  if (value !== '' && KEPT_ATTRIBUTES.has(name) && HARMLESS.test(value)) kept.set(name, value);
}
