import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SeededRandom, UnicaError } from '#base';
import { buildDicom } from '#dicom';
import { instanceOfFile, openStorageScp, type ReceiveInstance, store } from '#dimse';
import { IncomingSpool, SPARE_LOGS } from '#node';
import { type Measurement, median, rounded } from './measurement.ts';
import { openOrthanc, orthancVersion } from './orthanc-peer.ts';
import { secondsOf, secondsOfChildren, TIMED_BY_SHELL } from './processor-time.ts';

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

/**
 * C-STORE of uncompressed 16-bit images until each of them is confirmed, and durable: images per second into the node's
 * spool, beside Orthanc's storage in the same run. Sent by storescu of DCMTK, else by our own user. By storescu also what each side
 * used of the processors: where sender and receiver together use all there are, a faster receiver is not seen by the clock.
 */
export async function* benchDicomReceive(options: ReceiveBench = {}): AsyncGenerator<Measurement> {
  const { images = 160, sizePx = 512, turns = 5 } = options;
  const folder = await mkdtemp(join(options.folder ?? tmpdir(), 'unica-bench-'));
  try {
    const version = orthancVersion();
    const reference = version === undefined ? 'Orthanc, absent: there is no /usr/sbin/Orthanc' : `Orthanc ${version}`;
    for (const associations of ASSOCIATIONS) {
      const films = await writeFilms(join(folder, `films-${associations}`), { images, sizePx, parts: associations });
      const ours: Turn[] = [];
      const theirs: Turn[] = [];
      for (let turn = 0; turn < turns; turn += 1) {
        ours.push(await timed(images, () => intoSpool(join(folder, `ours-${associations}-${turn}`), films, images)));
        if (version !== undefined)
          theirs.push(await orthancTurn(join(folder, `orthanc-${associations}-${turn}`), films, images));
      }
      const value = median(ours.map(({ perSecond }) => perSecond));
      const other = theirs.length === 0 ? null : median(theirs.map(({ perSecond }) => perSecond));
      const sender = hasStorescu ? 'storescu' : 'our own user';
      yield {
        name: `C-STORE to durable storage, ${sizePx}² × 16 bit, ${associations} association${associations === 1 ? '' : 's'} of ${sender}`,
        value: round(value),
        unit: 'images/s',
        reference,
        reference_value: other === null ? null : round(other),
        ratio: other === null ? null : Math.round((100 * value) / other) / 100,
      };
      if (hasStorescu) yield* processorTimes(ours, theirs, reference, associations);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
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

async function writeFilms(
  folder: string,
  { images, sizePx, parts }: { readonly images: number; readonly sizePx: number; readonly parts: number },
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
    await writeFile(path, filmOf(number, sizePx, values));
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

async function intoSpool(folder: string, films: Films, images: number): Promise<Receiver> {
  const spool = await IncomingSpool.open(folder, { limitBytes: Number.MAX_SAFE_INTEGER, spareLogs: SPARE_LOGS });
  // As a node has it that received something before, a few seconds ago.
  await spool.prepare();
  const receive: ReceiveInstance = async (instance) => {
    await spool.receive(instance);
  };
  const scp = await openStorageScp({ host: '127.0.0.1', port: 0, aeTitle: 'UNICA', peers: [], receive });
  return {
    pid: process.pid,
    send: () => sendAll(films, { port: scp.port, aeTitle: 'UNICA' }),
    async close() {
      await scp.close();
      await spool.close();
      if (spool.waitingFiles !== images) throw new UnicaError('bench.peer-ended', { peer: 'storescu' });
      await rm(folder, { recursive: true });
    },
  };
}

async function orthancTurn(folder: string, films: Films, images: number): Promise<Turn> {
  return await timed(images, async () => {
    const orthanc = await openOrthanc(folder);
    return {
      pid: orthanc.pid,
      send: () => sendAll(films, orthanc),
      async close() {
        await orthanc.close();
        await rm(folder, { recursive: true });
      },
    };
  });
}

interface Receiver {
  readonly pid: number | undefined;
  /** @returns seconds of processor time of the senders */
  send(): Promise<number>;
  close(): Promise<void>;
}

/** Of the sending alone. */
async function timed(images: number, open: () => Promise<Receiver>): Promise<Turn> {
  const { pid, send, close } = await open();
  try {
    // What the turn before wrote and removed must not be paid for by this one.
    spawnSync('sync');
    const before = secondsOf(pid);
    const beganMs = performance.now();
    const senderSeconds = await send();
    const seconds = (performance.now() - beganMs) / 1000;
    const receiverMs = (1000 * (secondsOf(pid) - before)) / images;
    return { perSecond: images / seconds, receiverMs, senderMs: (1000 * senderSeconds) / images };
  } finally {
    await close();
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
  // In the process of the receiver, from which it cannot be told apart.
  return Number.NaN;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
