// What the chest-nodule model learns from and is measured on: real normal films, split by patient, made films, and nodules, split as well.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { SeededRandom } from '../dist/base/index.js';
import { parseDicom } from '../dist/dicom/index.js';
import { CHEST_CONTRACT, readFilm, seenFilm } from '../dist/films/index.js';
import { hostFilm, preparedHost, readNoduleProjections } from '../dist/pilots/index.js';
import { syntheticSite } from '../dist/synth/index.js';
import { nihFilms, sharedFile } from './shared-films.js';

export const SPEC = { architecture: 'nodule', rows: 256, columns: 256, widths: [16, 32, 48, 32] };
/** Diameters in millimetres and contrasts, in multiples of what physics gives, that are learned from. */
export const LEARNED = { diameterMm: [9, 30], contrast: [2, 5] };
/** Films that are made in each round of a training. */
export const FILMS_AT_ONCE = 1920;
const MADE_SITES = ['aveiro', 'bergen', 'coimbra', 'dresden', 'espoo', 'firenze', 'gdansk'];

/** The part that all films of a patient belong to. */
export function partOf(patient) {
  const share = new SeededRandom(`chest-nodule/${patient}`).uniform();
  return share < 0.6 ? 'train' : share < 0.75 ? 'validation' : 'test';
}

/** NIH films with the part each belongs to and, where two lungs are found, as hosts of nodules. */
export function realFilms() {
  return nihFilms().map((film) => ({
    ...film,
    part: partOf(film.patient),
    host: hostFilm({ frame: film.frame, header: {} }, film.spacingMm),
    seen: seenFilm({ frame: film.frame, header: {} }, CHEST_CONTRACT),
  }));
}

/** Normal films of made hospitals, at the size the network sees. */
export function madeFilms(seed, persons) {
  return MADE_SITES.flatMap((siteId) =>
    [...syntheticSite({ siteId, country: 'PT', seed, persons, opacityShare: 0 })].flatMap(({ bytes }) => {
      const film = readFilm(parseDicom(bytes));
      const host = preparedHost(film, { contract: CHEST_CONTRACT });
      return host === undefined ? [] : [{ host, seen: seenFilm(film, CHEST_CONTRACT) }];
    }),
  );
}

/** Nodules measured in computed tomograms; every fourth is kept for the test. */
export function noduleShadows(part) {
  const path = sharedFile('luna16-nodule-projections', 'coronal.npz');
  if (path === undefined) throw new Error('There is no luna16-nodule-projections in the shared data.');
  const shadows = readNoduleProjections(new Uint8Array(readFileSync(path)));
  return shadows.filter((_, index) => (index % 4 === 3) === (part === 'test'));
}

/** What was kept of a training, undefined where nothing was: the rounds as a number of 32 bits before the parameters. */
export function keptTraining(file) {
  if (!existsSync(file)) return undefined;
  const bytes = readFileSync(file);
  return { rounds: bytes.readUInt32LE(0), parameters: new Float32Array(new Uint8Array(bytes.subarray(4)).buffer) };
}

/** Keeps it in one move, so that a training that is broken off while it writes loses a round at most. */
export function keepTraining(file, rounds, parameters) {
  const head = Buffer.alloc(4);
  head.writeUInt32LE(rounds);
  const numbers = Buffer.from(parameters.buffer, parameters.byteOffset, parameters.byteLength);
  writeFileSync(`${file}.new`, Buffer.concat([head, numbers]));
  renameSync(`${file}.new`, file);
}
