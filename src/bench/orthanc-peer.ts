import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { UnicaError } from '#base';
import { echo } from '#dimse';

/** An Orthanc that keeps what it is sent in an empty folder. */
export interface OrthancPeer {
  readonly port: number;
  readonly aeTitle: string;
  readonly pid: number | undefined;
  close(): Promise<void>;
}

/** Where Debian's package puts it, which is not on the path of ordinary users. */
const PROGRAM = '/usr/sbin/Orthanc';
const AE_TITLE = 'ORTHANC';
const LOOK_EVERY_MS = 50;

/** Version of the Orthanc of this machine; undefined where there is none. */
export function orthancVersion(): string | undefined {
  const { status, stdout } = spawnSync(PROGRAM, ['--version'], { encoding: 'utf8' });
  return status === 0 ? /Orthanc ([\d.]+)/.exec(stdout)?.[1] : undefined;
}

/** As it is installed: like ours it writes an object through to the disk before it answers; and makes a check sum of it. */
export const DURABLE_ORTHANC = { SyncStorageArea: true, StoreMD5ForAttachments: true } as const;
/** As fast as it can be, for comparison: a loss of power takes what it has acknowledged. */
export const CARELESS_ORTHANC = { SyncStorageArea: false, StoreMD5ForAttachments: false } as const;

export async function openOrthanc(
  folder: string,
  care: { readonly SyncStorageArea: boolean; readonly StoreMD5ForAttachments: boolean } = DURABLE_ORTHANC,
): Promise<OrthancPeer> {
  const port = await freePort();
  await mkdir(folder, { recursive: true });
  const settings = {
    Name: 'bench',
    StorageDirectory: join(folder, 'storage'),
    IndexDirectory: join(folder, 'storage'),
    HttpServerEnabled: false,
    DicomServerEnabled: true,
    DicomAet: AE_TITLE,
    DicomPort: port,
    DicomAlwaysAllowEcho: true,
    DicomAlwaysAllowStore: true,
    StorageCompression: false,
    ...care,
    Plugins: [],
  };
  const path = join(folder, 'orthanc.json');
  await writeFile(path, JSON.stringify(settings));
  // As for storescu: without it each answer of DCMTK waits for 40 ms, which is not what is compared.
  const child = spawn(PROGRAM, [path], { env: { TCP_NODELAY: '1' }, stdio: 'ignore' });
  await answering(child, port);
  return {
    port,
    aeTitle: AE_TITLE,
    pid: child.pid,
    async close() {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

async function answering(child: ChildProcess, port: number): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new UnicaError('bench.peer-ended', { peer: 'Orthanc' });
    try {
      await echo({ host: '127.0.0.1', port, aeTitle: AE_TITLE, callingAeTitle: 'BENCH' });
      return;
    } catch (error) {
      if (!(error instanceof UnicaError) || error.code !== 'dimse.unreachable') throw error;
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
