import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '#base';
import { readMultipart } from '#dicomweb';
import { loadOrCreateKeys } from '#identity';
import { type NodeConfig, nodeConfig } from './config.ts';
import { keyPath, siteSecret, writeIdentityCard } from './identity-card.ts';
import { createNodeToken } from './node-commands.ts';
import { type RunningNode, startNode } from './start-node.ts';

/** Elements in the DICOM JSON model. */
export type Tags = Readonly<
  Record<string, { readonly vr: string; readonly Value?: readonly unknown[]; readonly BulkDataURI?: string }>
>;

/** A node asked by DICOMweb as a test does it. */
export interface DicomwebRig {
  readonly folder: string;
  readonly config: NodeConfig;
  readonly node: RunningNode;
  /** Tokens. */
  readonly operator: string;
  readonly researcher: string;
  get(path: string, headers?: Record<string, string>, token?: string): Promise<RetrievedAnswer>;
  store(files: readonly Uint8Array[], path?: string): Promise<StoredAnswer>;
  close(): Promise<void>;
}

/** What was answered to a GET. */
export interface RetrievedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
  json(): readonly Tags[];
}

/** What was answered to what was stored. */
export interface StoredAnswer {
  readonly status: number;
  readonly answer: Readonly<Record<string, { readonly Value?: readonly Tags[] }>>;
}

/** Opens a node in a hospital whose hub cannot be reached, as on the day its line is down. */
export async function openDicomwebRig(): Promise<DicomwebRig> {
  const folder = await mkdtemp(join(tmpdir(), 'unica-dicomweb-'));
  const config = nodeConfig({
    home: join(folder, 'node'),
    port: '0',
    demonstration: 'true',
    logLevel: 'silent',
    viewerOrigins: 'https://viewer.example',
  });
  await siteSecret(config.home);
  const keys = await loadOrCreateKeys(keyPath(config.home));
  await writeIdentityCard(config.home, {
    siteId: 'porto',
    country: 'PT',
    displayName: 'Porto',
    hubUrl: 'http://127.0.0.1:9',
    hubName: 'none',
    hubPublicKey: keys.publicKey,
  });
  const node = await startNode(config, silentLog);
  const operator = await createNodeToken(config, { name: 'o', roles: ['operator'], days: 1 });
  const researcher = await createNodeToken(config, { name: 'r', roles: ['researcher'], days: 1 });
  return {
    folder,
    config,
    node,
    operator,
    researcher,
    async get(path, headers = {}, token = operator) {
      const response = await node.server.fastify.inject({
        method: 'GET',
        url: `/dicom-web${path}`,
        headers: { authorization: `Bearer ${token}`, ...headers },
      });
      return {
        status: response.statusCode,
        headers: response.headers,
        body: response.rawPayload,
        json: () => response.json<readonly Tags[]>(),
      };
    },
    async store(files, path = '/studies') {
      const boundary = 'a-boundary';
      const payload = Buffer.concat([
        ...files.flatMap((file) => [
          Buffer.from(`--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`),
          file,
          Buffer.from('\r\n'),
        ]),
        Buffer.from(`--${boundary}--\r\n`),
      ]);
      const response = await node.server.fastify.inject({
        method: 'POST',
        url: `/dicom-web${path}`,
        headers: {
          authorization: `Bearer ${operator}`,
          'content-type': `multipart/related; type="application/dicom"; boundary=${boundary}`,
        },
        payload,
      });
      return { status: response.statusCode, answer: response.json<StoredAnswer['answer']>() };
    },
    async close() {
      await node.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The parts of a multipart answer. */
export async function partsOf(answer: {
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Uint8Array;
}) {
  const boundary = /boundary=([^;]+)/.exec(String(answer.headers['content-type']))?.[1] ?? '';
  const parts: { readonly type: string; readonly body: Buffer }[] = [];
  const source = (async function* () {
    yield answer.body;
  })();
  for await (const part of readMultipart(source, boundary)) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of part.body) chunks.push(chunk);
    parts.push({ type: part.headers.get('content-type') ?? '', body: Buffer.concat(chunks) });
  }
  return parts;
}

/** The first value of an element. */
export const first = (tags: Tags | undefined, tag: string) => tags?.[tag]?.Value?.[0];
