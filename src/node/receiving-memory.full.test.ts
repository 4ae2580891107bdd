import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { buildDicom } from '#dicom';
import { type OutgoingInstance, store } from '#dimse';
import { freePort } from './free-port.ts';
import { enrolledHome, fictitiousUid, outgoing } from './receiver-rig.ts';

const PROGRAM = fileURLToPath(new URL('../cli/main.js', import.meta.url));
/** 300 MB, asked of a node at its peak; it has about 260 MiB (decision 201). */
const MOST_MIB = 286;
const LOOK_EVERY_MS = 100;
const GIB = 2 ** 30;

test('receiver: a whole node that receives a gigabyte of slices, and imports them meanwhile, takes 300 MB at most', {
  skip: existsSync('/proc/self/status') ? false : 'no /proc to read the memory of another process from',
  timeout: 600_000,
}, async (context) => {
  const mib = await peakOfReceiving(context);
  assert.ok(mib <= MOST_MIB, `${mib} MiB at most`);
});

/** A new node receives a gigabyte; → its resident memory at most, in MiB. */
async function peakOfReceiving(context: TestContext): Promise<number> {
  const home = await mkdtemp(join(tmpdir(), 'unica-memory-'));
  await enrolledHome(home);
  const port = await freePort();
  const node = await started(home, port);
  const exit = once(node, 'exit');
  context.after(async () => {
    node.kill('SIGKILL');
    await exit;
    await rm(home, { recursive: true, force: true });
  });
  const slice = outgoing(picture(512));
  const slices = Array.from({ length: 2050 }, (_, number) => named(slice, number));
  const remote = { host: '127.0.0.1', port, aeTitle: 'UNICA', callingAeTitle: 'CT-ROOM' };
  const idleMib = residentMib(node.pid, 'VmRSS');
  let sentBytes = 0;
  const sending = [slices.slice(0, 1025), slices.slice(1025)].map(async (part) => {
    for await (const { kind } of store(remote, part)) assert.equal(kind, 'stored');
    for (const { sizeBytes } of part) sentBytes += sizeBytes;
  });
  const seenMib: number[] = [];
  const looking = setInterval(() => seenMib.push(residentMib(node.pid, 'VmRSS')), LOOK_EVERY_MS);
  await Promise.all(sending).finally(() => clearInterval(looking));
  assert.ok(sentBytes > GIB, `${sentBytes} bytes`);
  const usualMib = seenMib.sort((a, b) => a - b)[Math.floor(seenMib.length / 2)] ?? Number.POSITIVE_INFINITY;
  const mostMib = residentMib(node.pid, 'VmHWM');
  const memory = `${idleMib} MiB before, usually ${usualMib} MiB, ${mostMib} MiB at most`;
  context.diagnostic(`resident memory of the node: ${memory}`);
  return mostMib;
}

/** A real node, which imports meanwhile. */
async function started(home: string, port: number): Promise<ChildProcess> {
  const args = ['node', 'start', '--home', home, '--port', '0', '--dicom-port', String(port), '--json'];
  const node = spawn(process.execPath, [PROGRAM, ...args, '--dicom-peers', 'CT-ROOM@127.0.0.1'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { UNICA_LOG_LEVEL: 'error' },
  });
  await once(node.stdout ?? node, 'data');
  return node;
}

function picture(sizePx: number): Uint8Array {
  const values = Uint16Array.from({ length: sizePx * sizePx }, (_, index) => (index * 2_654_435_761) >>> 20);
  return buildDicom(
    {
      ...{ SOPClassUID: '1.2.840.10008.5.1.4.1.1.2', SOPInstanceUID: fictitiousUid(0), Modality: 'CT' },
      ...{ StudyInstanceUID: '1.2.3', SeriesInstanceUID: '1.2.3.1', PatientID: 'M1', BodyPartExamined: 'CHEST' },
    },
    { rows: sizePx, columns: sizePx, values, bitsStored: 12, photometricInterpretation: 'MONOCHROME2' },
  );
}

/** The same pixels under another name: what is sent is made when its turn comes. */
function named(instance: OutgoingInstance, number: number): OutgoingInstance & { readonly sizeBytes: number } {
  const [content = new Uint8Array(0)] = instance.chunks() as readonly Uint8Array[];
  const [was, is] = [fictitiousUid(0), fictitiousUid(number)];
  return {
    ...instance,
    sopInstanceUid: is,
    sizeBytes: content.length,
    chunks: () => [renamed(content, was, is)],
  };
}

function renamed(content: Uint8Array, was: string, is: string): Uint8Array {
  const bytes = Buffer.from(content);
  const at = bytes.indexOf(was);
  const room = bytes.readUInt16LE(at - 2);
  const padded = is.length % 2 === 0 ? is : `${is}\0`;
  const copy = Buffer.concat([bytes.subarray(0, at), Buffer.from(padded, 'latin1'), bytes.subarray(at + room)]);
  copy.writeUInt16LE(padded.length, at - 2);
  return copy;
}

/** Of another process, now or at most (proc(5)). */
function residentMib(pid: number | undefined, what: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid ?? 0}/status`, 'utf8');
  const [, kib = '0'] = new RegExp(`^${what}:\\s+(\\d+) kB$`, 'm').exec(status) ?? [];
  return Math.round(Number(kib) / 1024);
}
