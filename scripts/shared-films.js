// Real films for campaigns, from ../shared/data or UNICA_DATA: read where they lie, never copied.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decode } from 'fast-png';
import { unzipSync } from 'fflate';
import { plainFrame } from '../dist/films/index.js';

const DATA =
  process.env.UNICA_DATA ?? join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'shared', 'data');

/** Where a file of the data lies; undefined where it does not. */
export function sharedFile(...names) {
  const path = join(DATA, ...names);
  return existsSync(path) ? path : undefined;
}

/** NIH ChestX-ray14: frames with the size of their pixels (the set squeezes films to squares), patient, view and labels. */
export function nihFilms() {
  return filmsOf('nih-cxr', 'images256.zip').map(({ row, frame }) => ({
    patient: row.patient_id,
    view: row.view,
    findings: row.findings.split('|'),
    isNormal: row.findings === 'No Finding' && row.google2019_nodule_or_mass !== 'YES',
    isNodule: row.nodule_or_mass === '1' || row.google2019_nodule_or_mass === 'YES',
    frame,
    spacingMm: [
      (Number(row.pixel_spacing) * Number(row.orig_h)) / frame.rows,
      (Number(row.pixel_spacing) * Number(row.orig_w)) / frame.columns,
    ],
  }));
}

/** mini-MIAS: frames with woman, side, density (F, G, D) and the circles of findings in pixels. */
export function miasFilms() {
  return filmsOf('mini-mias', 'images512.zip').map(({ row, frame }) => ({
    woman: row.pair,
    side: row.side,
    density: row.density,
    class: row.class,
    circle: row.x_px512 === '' ? undefined : { x: +row.x_px512, y: +row.y_px512_topleft, radius: +row.radius_px512 },
    frame,
  }));
}

function filmsOf(folder, archive) {
  const [zip, labels] = [sharedFile(folder, archive), sharedFile(folder, 'labels.csv')];
  if (zip === undefined || labels === undefined) throw new Error(`There is no ${folder} below ${DATA}.`);
  const files = unzipSync(new Uint8Array(readFileSync(zip)));
  const byName = new Map(
    Object.entries(files).map(([path, bytes]) => [
      path
        .split('/')
        .at(-1)
        .replace(/\.png$/, ''),
      bytes,
    ]),
  );
  const seen = new Set();
  return tableOf(readFileSync(labels, 'utf8')).flatMap((row) => {
    // A film with two findings has two rows; it is one film.
    if (seen.has(row.image)) return [];
    seen.add(row.image);
    const bytes = byName.get(row.image.replace(/\.png$/, ''));
    return bytes === undefined ? [] : [{ row, frame: greyFrame(bytes) }];
  });
}

function tableOf(text) {
  const [head, ...lines] = text.trim().split(/\r?\n/);
  const names = head.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((value, index) => [names[index], value])));
}

/** The first channel of a PNG as a frame of eight bits. */
export function greyFrame(bytes) {
  const { width, height, channels, data } = decode(bytes);
  return frameOf({
    rows: height,
    columns: width,
    values: Uint8Array.from({ length: width * height }, (_, index) => data[index * channels]),
  });
}

/** A frame of eight bits without a header. */
export function frameOf({ rows, columns, values }) {
  return plainFrame({ rows, columns, values, bitsStored: 8 });
}
