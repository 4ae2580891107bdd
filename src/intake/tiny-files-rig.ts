import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type FileHandle, mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import { utf8 } from '#base';
import { buildDicom } from '#dicom';

const PROGRAM = fileURLToPath(new URL('../cli/main.js', import.meta.url));
/** One in so many is an image; all others are no DICOM. */
const IMAGE_EVERY = 10;
const FILES_OF_A_FOLDER = 1000;
const LOOK_EVERY_MS = 50;
const MOST_RUNS = 8;
/** Rejected files told one by one, with what stands before and behind them. */
const MOST_LINES = 25;

type TinyFile = readonly [name: string, content: Uint8Array];

/** Very many tiny files, as a folder or as one zip. */
export interface ManyFiles {
  readonly as: 'folder' | 'zip';
  readonly count: number;
  readonly mostMib: number;
  /** Lines of progress that somebody who waits must have seen at least. */
  readonly progressAtLeast: number;
}

/**
 * De-identifies very many tiny files with the command, kills it with no warning while it is at work, and lets it go on: every
 * image is written once, everything else is told, in few lines, and memory stays bounded.
 * @returns what was seen, to be shown
 */
export async function cleanManyFiles({ as, count, mostMib, progressAtLeast }: ManyFiles): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'unica-tiny-'));
  try {
    const input = join(home, as === 'zip' ? 'tiny.zip' : 'tiny');
    await (as === 'zip' ? writeZip(input, tinyFiles(count)) : writeFolder(input, tinyFiles(count)));
    const [output, report, secret] = [join(home, 'out'), join(home, 'report.json'), join(home, 'secret')];
    await writeFile(secret, new Uint8Array(32).fill(7));
    const args = ['deidentify', input, output, '--secret-file', secret, '--report', report];
    const images = Math.ceil(count / IMAGE_EVERY);
    await killedHalfway(args, output, Math.ceil(images / 4));
    const { lines, progress, highMib } = await ended([...args, '--resume']);

    const result = JSON.parse(await readFile(report, 'utf8'));
    const { files, written, kept, rejected } = result;
    assert.deepEqual(
      { files, written, rejected: rejected.length },
      { files: count, written: images, rejected: count - images },
    );
    assert.ok(kept >= Math.ceil(images / 4), `${kept} were there from the run that was killed`);
    assert.ok(lines.length <= MOST_LINES, `${lines.length} lines`);
    assert.match(
      lines[0] ?? '',
      new RegExp(`^${count} files: ${images} written, ${count - images} rejected, ${kept} done before`),
    );
    const names = (await readdir(output, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
    assert.equal(names.length, images);
    assert.ok(names.every(({ name }) => name.endsWith('.dcm')));
    assert.ok(highMib <= mostMib, `${highMib} MiB`);
    assert.ok(progress >= progressAtLeast, `${progress} lines of progress`);
    const seconds = Number(result.seconds).toFixed(0);
    return `${count} files in a ${as}: ${kept} of ${images} images before the kill, the rest in ${seconds} s, ${highMib} MiB at most, ${progress} lines of progress`;
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

function* tinyFiles(count: number): Generator<TinyFile> {
  const image = tinyImage();
  for (let number = 0; number < count; number += 1) {
    const name = `${String(number).padStart(7, '0')}.dcm`;
    yield [name, number % IMAGE_EVERY === 0 ? image(number) : utf8(`no image ${number}`)];
  }
}

/** An image of one pixel under any number: built once, as there are very many. */
function tinyImage(): (number: number) => Uint8Array {
  const uid = '2.25.90000000';
  const bytes = buildDicom(
    {
      ...{ SOPClassUID: '1.2.840.10008.5.1.4.1.1.2', SOPInstanceUID: uid, Modality: 'CT', PatientID: 'T1' },
      ...{ StudyInstanceUID: '2.25.8', SeriesInstanceUID: '2.25.8.1', BodyPartExamined: 'CHEST' },
    },
    { rows: 1, columns: 1, values: Uint16Array.of(1), bitsStored: 12, photometricInterpretation: 'MONOCHROME2' },
  );
  return (number) => {
    const copy = Buffer.from(bytes);
    const own = String(90_000_000 + number);
    for (let at = copy.indexOf(uid); at >= 0; at = copy.indexOf(uid, at + 1)) copy.write(`2.25.${own}`, at, 'latin1');
    return copy;
  };
}

async function writeFolder(folder: string, files: Iterable<TinyFile>): Promise<void> {
  let number = 0;
  let part = folder;
  for (const [name, content] of files) {
    if (number % FILES_OF_A_FOLDER === 0) {
      part = join(folder, String(number / FILES_OF_A_FOLDER));
      await mkdir(part, { recursive: true });
    }
    await writeFile(join(part, name), content);
    number += 1;
  }
}

/** A zip of files that are stored as they are, with the 64-bit end record that more than 65,535 of them need (APPNOTE.TXT 4.3). */
export async function writeZip(path: string, files: Iterable<TinyFile>): Promise<void> {
  const file = await open(path, 'w');
  try {
    const writer = new Gathered(file);
    const directory: Buffer[] = [];
    for (const [name, content] of files) {
      const names = Buffer.from(name);
      const facts = Buffer.alloc(26);
      facts.writeUInt16LE(20, 0);
      facts.writeUInt32LE(crc32(content), 10);
      facts.writeUInt32LE(content.length, 14);
      facts.writeUInt32LE(content.length, 18);
      facts.writeUInt16LE(names.length, 22);
      const place = Buffer.alloc(14);
      place.writeUInt32LE(writer.sizeBytes, 10);
      directory.push(Buffer.from('PK\x01\x02\x14\x00', 'latin1'), facts, place, names);
      await writer.write([Buffer.from('PK\x03\x04', 'latin1'), facts, names, content]);
    }
    const start = writer.sizeBytes;
    await writer.write(directory);
    const count = directory.length / 4;
    const end64 = Buffer.alloc(56);
    end64.write('PK\x06\x06', 0, 'latin1');
    end64.writeBigUInt64LE(44n, 4);
    for (const at of [24, 32]) end64.writeBigUInt64LE(BigInt(count), at);
    end64.writeBigUInt64LE(BigInt(writer.sizeBytes - start), 40);
    end64.writeBigUInt64LE(BigInt(start), 48);
    const locator = Buffer.alloc(20);
    locator.write('PK\x06\x07', 0, 'latin1');
    locator.writeBigUInt64LE(BigInt(writer.sizeBytes), 8);
    locator.writeUInt32LE(1, 16);
    const end = Buffer.alloc(22, 0xff);
    end.write('PK\x05\x06\x00\x00\x00\x00', 0, 'latin1');
    end.writeUInt16LE(0, 20);
    await writer.write([end64, locator, end]);
    await writer.flush();
  } finally {
    await file.close();
  }
}

const GATHERED_BYTES = 1_048_576;

/** Writes many small pieces in few calls. */
class Gathered {
  sizeBytes = 0;
  readonly #file: FileHandle;
  #pieces: Uint8Array[] = [];
  #heldBytes = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  async write(pieces: readonly Uint8Array[]): Promise<void> {
    for (const piece of pieces) {
      this.sizeBytes += piece.length;
      this.#heldBytes += piece.length;
      this.#pieces.push(piece);
    }
    if (this.#heldBytes > GATHERED_BYTES) await this.flush();
  }

  async flush(): Promise<void> {
    await this.#file.appendFile(Buffer.concat(this.#pieces));
    this.#pieces = [];
    this.#heldBytes = 0;
  }
}

function begun(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Where a busy machine looks too late and it has ended by itself, it begins anew. */
async function killedHalfway(args: readonly string[], output: string, images: number): Promise<void> {
  for (let run = 1; ; run += 1) {
    const running = begun(args);
    const exit = once(running, 'exit');
    running.stdout?.resume();
    running.stderr?.resume();
    while (running.exitCode === null && (await filesIn(output)) < images) await after(LOOK_EVERY_MS);
    running.kill('SIGKILL');
    const [code, signal] = await exit;
    if (signal === 'SIGKILL') return;
    assert.ok(code === 0 && run < MOST_RUNS, `it ended with ${code} before it could be killed`);
    await rm(output, { recursive: true, force: true });
  }
}

async function filesIn(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  return names.filter((name) => name.endsWith('.dcm')).length;
}

async function ended(
  args: readonly string[],
): Promise<{ readonly lines: readonly string[]; readonly progress: number; readonly highMib: number }> {
  const running = begun(args);
  const exit = once(running, 'exit');
  const said = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    running[stream]?.setEncoding('utf8').on('data', (text: string) => {
      said[stream] += text;
    });
  }
  let highMib = 0;
  const looking = setInterval(() => {
    highMib = Math.max(highMib, highestMib(running.pid));
  }, LOOK_EVERY_MS);
  const [code] = await exit.finally(() => clearInterval(looking));
  assert.equal(code, 0, said.stderr.slice(-500));
  const progress = said.stderr.split('\n').filter((line) => /^\d+ files seen, \d+ written$/.test(line)).length;
  return { lines: said.stdout.trimEnd().split('\n'), progress, highMib };
}

/** Of a process, at most until now (proc(5)); 0 where a system does not tell. */
function highestMib(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid ?? 0}/status`, 'utf8');
    return Math.round(Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024);
  } catch {
    return 0;
  }
}
