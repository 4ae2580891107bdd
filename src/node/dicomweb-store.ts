import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UnicaError } from '#base';
import { type Part, readMultipart, type StoreOutcome } from '#dicomweb';
import { FILE_LIMIT_BYTES } from '#intake';
import { serially } from '#store';
import { type DicomwebHouse, resourceUrl } from './dicomweb-house.ts';
import type { ImportOutcome } from './importer.ts';

/** A store request, its body not yet read. */
export interface StoreRequest {
  readonly body: AsyncIterable<Uint8Array>;
  readonly boundary: string;
  /** The study all images must belong to, by the sender's UID; undefined for any. */
  readonly studyInstanceUid: string | undefined;
  readonly actor: string;
  /** Where `/dicom-web` is. */
  readonly baseUrl: string;
}

/** Takes images in: parts go to disk as they come, then through the importer, one request after the other. */
export class DicomwebStore {
  readonly #house: DicomwebHouse;
  readonly #inTurn = serially();

  constructor(house: DicomwebHouse) {
    this.#house = house;
  }

  /** What became of each part, in their order. @throws UnicaError `dicomweb.body-invalid`, `http.too-large`. */
  async take(request: StoreRequest): Promise<readonly StoreOutcome[]> {
    const folder = join(this.#house.incomingPath, this.#house.newId('stow'));
    await mkdir(folder, { recursive: true, mode: 0o700 });
    try {
      const outcomes = new Map<string, StoreOutcome>();
      let count = 0;
      for await (const part of readMultipart(request.body, request.boundary)) {
        count += 1;
        const name = `${String(count).padStart(6, '0')}.dcm`;
        const reason = await written(part, join(folder, name));
        outcomes.set(name, { kind: 'failed', reason: reason ?? 'out-of-resources' });
        if (reason !== undefined) await rm(join(folder, name), { force: true });
      }
      if (count === 0) throw new UnicaError('dicomweb.body-invalid', { problem: 'it has no parts' });
      await this.#inTurn(() => this.#bringIn(folder, request, outcomes));
      return [...outcomes.values()];
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** A file that the importer does not speak of keeps its first outcome: it was not stored. */
  async #bringIn(folder: string, request: StoreRequest, outcomes: Map<string, StoreOutcome>): Promise<void> {
    await this.#house.importer.run({
      paths: [folder],
      clinicalPath: undefined,
      source: 'DICOMweb',
      actor: request.actor,
      onlyStudy: request.studyInstanceUid,
      tellOrigins: true,
      onOutcome: (outcome) => {
        outcomes.set(outcome.file.name, told(outcome, request.baseUrl));
      },
    });
  }
}

/** Undefined when the part is on disk, else why it is not. */
async function written(part: Part, path: string): Promise<'not-understood' | 'out-of-resources' | undefined> {
  const contentType = part.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? 'application/dicom';
  if (contentType !== 'application/dicom') return 'not-understood';
  const file = await open(path, 'wx', 0o600);
  try {
    let sizeBytes = 0;
    for await (const chunk of part.body) {
      sizeBytes += chunk.length;
      if (sizeBytes > FILE_LIMIT_BYTES) return 'out-of-resources';
      await file.writeFile(chunk);
    }
    return undefined;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return 'out-of-resources';
    throw error;
  } finally {
    await file.close();
  }
}

function told({ file, kind, kept }: ImportOutcome, baseUrl: string): StoreOutcome {
  const { origin } = file;
  if ((kind === 'stored' || kind === 'known') && kept !== undefined && origin !== undefined) {
    return { kind: 'stored', ...origin, retrieveUrl: resourceUrl(baseUrl, kept) };
  }
  return { kind: 'failed', reason: REASONS[kind], ...(origin === undefined ? {} : { object: origin }) };
}

const REASONS = {
  stored: 'out-of-resources',
  known: 'out-of-resources',
  conflict: 'conflict',
  'opted-out': 'not-authorised',
  'set-aside': 'set-aside',
  rejected: 'not-understood',
  'other-study': 'other-study',
} as const;
