import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SeededRandom, UnicaError } from '#base';
import { buildDicom } from '#dicom';
import { instanceOfFile, store } from '#dimse';
import { type Measurement, median, rounded } from './measurement.ts';
import { CARELESS_ORTHANC, DURABLE_ORTHANC, openOrthanc, orthancVersion } from './orthanc-peer.ts';
import { secondsOf, secondsOfChildren, TIMED_BY_SHELL } from './processor-time.ts';
import { ReceiverProcess } from './receiver-process.ts';

/** What is sent in one turn, and over how many associations. */
export interface ReceiveBench {
  readonly images?: number;
  readonly sizePx?: number;
  /** Turns of each side, one after the other. */
  readonly turns?: number;
  /** Where the images and both stores lie; the folder for temporary files unless told. */
  readonly folder?: string;
}

const ASSOCIATIONS = [1, 4] as const;

/** Sent before the clock starts, to either side: what comes once with the first object is not what is compared. */
const WARMING_PART = 10;

/**
 * C-STORE of uncompressed 16-bit images until each of them is confirmed, and durable: images per second into the node's
 * spool, beside Orthanc's storage in the same run, after a turn of each side that is not counted. Sent by storescu of DCMTK, else by
 * our own user. By storescu also what each side used of the processors: where sender and receiver together use all there are, a faster
 * receiver is not seen by the clock. Beside it the speed of an Orthanc that neither flushes nor makes check sums.
 */
export async function* benchDicomReceive(options: ReceiveBench = {}): AsyncGenerator<Measurement> {
  const { images = 160, sizePx = 512, turns = 5 } = options;
  const folder = await mkdtemp(join(options.folder ?? tmpdir(), 'unica-bench-'));
  const receiver = new ReceiverProcess();
  try {
    const version = orthancVersion();
    const reference = version === undefined ? 'Orthanc, absent: there is no /usr/sbin/Orthanc' : `Orthanc ${version}`;
    for (const associations of ASSOCIATIONS) {
      const films = await writeFilms(join(folder, `films-${associations}`), { images, sizePx, parts: associations });
      const warming = await writeFilms(join(folder, `warming-${associations}`), {
        ...{ images: Math.max(associations, Math.ceil(images / WARMING_PART)), sizePx, parts: associations },
        firstNumber: images,
      });
      const sent: Sent = { images, films, warming };
      const ours: Turn[] = [];
      const theirs: Turn[] = [];
      const careless: Turn[] = [];
      for (let turn = 0; turn <= turns; turn += 1) {
        const place = join(folder, `${associations}-${turn}`);
        ours.push(await timed(sent, () => intoSpool(receiver, `${place}-ours`, sent)));
        if (version === undefined) continue;
        theirs.push(await timed(sent, () => intoOrthanc(`${place}-orthanc`, DURABLE_ORTHANC)));
        careless.push(await timed(sent, () => intoOrthanc(`${place}-careless`, CARELESS_ORTHANC)));
      }
      for (const side of [ours, theirs, careless]) side.shift();
      const sender = hasStorescu ? 'storescu' : 'our own user';
      const over = `${associations} association${associations === 1 ? '' : 's'}`;
      const name = `C-STORE to durable storage, ${sizePx}² × 16 bit, ${over} of ${sender}`;
      yield perSecond(name, { ours, theirs, reference });
      const without = `${reference} that neither flushes (SyncStorageArea) nor makes check sums`;
      yield perSecond(`the same beside one that is not durable, ${over}`, {
        ours,
        theirs: careless,
        reference: without,
      });
      if (hasStorescu) yield* processorTimes(ours, theirs, reference, associations);
    }
  } finally {
    await receiver.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The median of each side; the ratio is that of the turns, which lay beside each other. */
function perSecond(
  name: string,
  sides: { readonly ours: readonly Turn[]; readonly theirs: readonly Turn[]; readonly reference: string },
): Measurement {
  const { ours, theirs, reference } = sides;
  const isAlone = theirs.length === 0;
  const ratios = ours.map((turn, index) => turn.perSecond / (theirs[index]?.perSecond ?? Number.NaN));
  return {
    name,
    value: round(median(ours.map((turn) => turn.perSecond))),
    unit: 'images/s',
    reference,
    reference_value: isAlone ? null : round(median(theirs.map((turn) => turn.perSecond))),
    ratio: isAlone ? null : Math.round(100 * median(ratios)) / 100,
  };
}

/** One turn: images in a second, and what each of them took of the processors, ms. */
interface Turn {
  readonly perSecond: number;
  readonly receiverMs: number;
  readonly senderMs: number;
}

function* processorTimes(
  ours: readonly Turn[],
  theirs: readonly Turn[],
  reference: string,
  associations: number,
): Generator<Measurement> {
  for (const [side, what] of [
    ['receiverMs', 'of the receiver'],
    ['senderMs', 'of storescu'],
  ] as const) {
    const value = median(ours.map((turn) => turn[side]));
    const other = theirs.length === 0 ? null : median(theirs.map((turn) => turn[side]));
    yield {
      name: `processor time ${what} for an image, ${associations} association${associations === 1 ? '' : 's'}`,
      value: rounded(value),
      unit: 'ms',
      reference,
      reference_value: other === null ? null : rounded(other),
      ratio: other === null || other === 0 ? null : rounded(value / other),
    };
  }
}

const hasStorescu = spawnSync('storescu', ['--version']).status === 0;

/** One folder for each association; each a list of files. */
type Films = readonly { readonly folder: string; readonly paths: readonly string[] }[];

/** In one turn: as many images as are timed, and those before them. */
interface Sent {
  readonly images: number;
  readonly films: Films;
  readonly warming: Films;
}

async function writeFilms(
  folder: string,
  {
    images,
    sizePx,
    parts,
    firstNumber = 0,
  }: { readonly images: number; readonly sizePx: number; readonly parts: number; readonly firstNumber?: number },
): Promise<Films> {
  const random = new SeededRandom(1);
  const films = Array.from({ length: parts }, (_, part) => ({
    folder: join(folder, `${part}`),
    paths: [] as string[],
  }));
  for (const { folder: part } of films) await mkdir(part, { recursive: true });
  for (let number = 0; number < images; number += 1) {
    const film = films[number % parts];
    if (film === undefined) continue;
    const values = Uint16Array.from({ length: sizePx * sizePx }, () => random.below(4096));
    const path = join(film.folder, `${number}.dcm`);
    film.paths.push(path);
    await writeFile(path, filmOf(firstNumber + number, sizePx, values));
  }
  return films;
}

function filmOf(number: number, sizePx: number, values: Uint16Array): Uint8Array {
  return buildDicom(
    {
      SOPClassUID: '1.2.840.10008.5.1.4.1.1.2',
      SOPInstanceUID: `1.2.826.0.1.3680043.10.97.3.${number + 1}`,
      StudyInstanceUID: '1.2.826.0.1.3680043.10.97.1',
      SeriesInstanceUID: '1.2.826.0.1.3680043.10.97.2',
      PatientID: 'BENCH',
      PatientName: 'Bench',
      Modality: 'CT',
      InstanceNumber: String(number + 1),
    },
    { rows: sizePx, columns: sizePx, values, bitsStored: 12, photometricInterpretation: 'MONOCHROME2' },
  );
}

async function intoSpool(receiver: ReceiverProcess, folder: string, { films, warming }: Sent): Promise<Receiver> {
  const port = await receiver.open(folder);
  return {
    ...{ pid: receiver.pid, port, aeTitle: 'UNICA' },
    async close() {
      const images = [...films, ...warming].reduce((sum, { paths }) => sum + paths.length, 0);
      if ((await receiver.finish()) !== images) throw new UnicaError('bench.peer-ended', { peer: 'storescu' });
      await rm(folder, { recursive: true });
    },
  };
}

async function intoOrthanc(folder: string, care: Parameters<typeof openOrthanc>[1]): Promise<Receiver> {
  const { pid, port, aeTitle, close } = await openOrthanc(folder, care);
  return {
    ...{ pid, port, aeTitle },
    async close() {
      await close();
      await rm(folder, { recursive: true });
    },
  };
}

interface Receiver {
  readonly pid: number | undefined;
  readonly port: number;
  readonly aeTitle: string;
  close(): Promise<void>;
}

/** Of the sending alone. */
async function timed({ images, films, warming }: Sent, open: () => Promise<Receiver>): Promise<Turn> {
  const receiver = await open();
  const { pid } = receiver;
  try {
    await sendAll(warming, receiver);
    // What the turn before wrote and removed must not be paid for by this one.
    spawnSync('sync');
    const before = secondsOf(pid);
    const beganMs = performance.now();
    const senderSeconds = await sendAll(films, receiver);
    const seconds = (performance.now() - beganMs) / 1000;
    const receiverMs = (1000 * (secondsOf(pid) - before)) / images;
    return { perSecond: images / seconds, receiverMs, senderMs: (1000 * senderSeconds) / images };
  } finally {
    await receiver.close();
  }
}

async function sendAll(films: Films, to: { readonly port: number; readonly aeTitle: string }): Promise<number> {
  const seconds = await Promise.all(
    films.map((film) => (hasStorescu ? byStorescu(film.folder, to) : bySelf(film.paths, to))),
  );
  return seconds.reduce((sum, one) => sum + one, 0);
}

async function byStorescu(
  folder: string,
  { port, aeTitle }: { readonly port: number; readonly aeTitle: string },
): Promise<number> {
  // DCMTK leaves the algorithm of Nagle on unless told otherwise, which makes each object wait for 40 ms.
  const env = { TCP_NODELAY: '1' };
  const options = ['-aet', 'BENCH', '-aec', aeTitle, '127.0.0.1', `${port}`, '+sd', folder];
  const child = spawn('sh', [...TIMED_BY_SHELL, 'storescu', ...options], { env, stdio: ['ignore', 'pipe', 'ignore'] });
  let written = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    written += text;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new UnicaError('bench.peer-ended', { peer: 'storescu' });
  return secondsOfChildren(written);
}

async function bySelf(
  paths: readonly string[],
  { port, aeTitle }: { readonly port: number; readonly aeTitle: string },
): Promise<number> {
  const instances = await Promise.all(paths.map(instanceOfFile));
  for await (const { kind } of store({ host: '127.0.0.1', port, aeTitle, callingAeTitle: 'BENCH' }, instances)) {
    if (kind !== 'stored') throw new UnicaError('bench.peer-ended', { peer: aeTitle });
  }
  // In the process that measures, which does more than that.
  return Number.NaN;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
