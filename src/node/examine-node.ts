import type { Clock } from '#base';
import {
  bad,
  checkupOf,
  examineAddress,
  examineDisk,
  examineFolder,
  examineIssuer,
  examineMemory,
  examinePort,
  examineProgram,
  good,
  memoryMib,
  skipped,
} from '#checkup';
import { folderHolder } from '#store';
import type { Checkup, Finding } from '#wire';
import type { NodeConfig } from './config.ts';
import type { DicomAddress } from './dicom-address.ts';
import { examineDicom } from './examine-dicom.ts';
import { type ExaminedHome, examineHome } from './examine-home.ts';
import { examineLink } from './examine-link.ts';
import { NEEDED_NODE, SOFTWARE } from './software.ts';

/** What a checkup is told; the rest it finds out itself. */
export interface NodeCheckupOptions {
  /** Where a node that is not enrolled yet would enrol. */
  readonly hubUrl?: URL | undefined;
  /** DICOM systems that are tried beside those that the settings send to. */
  readonly pacs?: readonly DicomAddress[] | undefined;
  readonly clock?: Clock;
  /** Of Node. */
  readonly programVersion?: string;
  readonly memoryMib?: number;
  /** Where the program that looks is itself at the port: the running node, or the guide in its place. It tries neither lock nor port. */
  readonly within?: 'service' | 'guide' | undefined;
}

/**
 * Everything that `unica doctor` looks at for a node, its service running beside it or not. Nothing is changed in its folder but
 * the list of what was sent to the hub.
 */
export async function examineNode(config: NodeConfig, options: NodeCheckupOptions = {}): Promise<Checkup> {
  const clock = options.clock ?? Date.now;
  const folder = await examineFolder(config.home);
  const home: ExaminedHome =
    folder.state === 'good' ? await examineHome(config, clock) : { ...NOT_LOOKED_AT, findings: restingOnFolder() };
  try {
    const isRunning =
      options.within === 'service' ||
      (home.card !== undefined && (await folderHolder(config.home).catch(() => undefined)) !== undefined);
    const { card, keys, database } = home;
    const hubUrl = card === undefined ? options.hubUrl : new URL(card.hubUrl);
    const member = card && keys && database ? { card, keys, database } : undefined;
    const found: Finding[] = [
      examineProgram(options.programVersion ?? process.versions.node, NEEDED_NODE),
      folder,
      await examineDisk(config.home),
      examineMemory(options.memoryMib ?? memoryMib()),
      ...home.findings,
      await examinePortal(config, isRunning, options.within),
      ...(hubUrl === undefined
        ? [skipped('hub-name', 'No address of a hub is known; name one with --hub.')]
        : await examineLink(config, { hubUrl, member, clock })),
      ...(await examineDicom(config, { isRunning, pacs: options.pacs ?? [], nowMs: clock() })),
      await examineSignIn(config),
    ];
    return checkupOf({ house: 'node', name: card?.siteId ?? null, software: SOFTWARE, atMs: clock() }, found);
  } catch (error) {
    const found = [folder, ...home.findings, bad('home', error, { path: config.home })];
    return checkupOf({ house: 'node', name: home.card?.siteId ?? null, software: SOFTWARE, atMs: clock() }, found);
  } finally {
    await home.database?.close();
  }
}

const NOT_LOOKED_AT = { card: undefined, keys: undefined, database: undefined };

function restingOnFolder(): readonly Finding[] {
  return (['home', 'key', 'database', 'journal', 'objects', 'dossier'] as const).map((check) =>
    skipped(check, 'It rests on what failed above.'),
  );
}

async function examinePortal(
  config: NodeConfig,
  isRunning: boolean,
  within: NodeCheckupOptions['within'],
): Promise<Finding> {
  const { host, port } = config;
  if (within !== undefined && port !== 0) return good('port', `This very program answers at port ${port}.`);
  if (!isRunning && within === undefined) return await examinePort('port', { host, port });
  if (port === 0) return skipped('port', 'It runs, at a port that it chose when it started.');
  const own = host === '0.0.0.0' ? '127.0.0.1' : host;
  return await examineAddress(
    'port',
    'The running service',
    new URL(`http://${own.includes(':') ? `[${own}]` : own}:${port}/healthz`),
  );
}

async function examineSignIn({ signIn }: NodeConfig): Promise<Finding> {
  if (signIn.kind !== 'issuer') return skipped('sign-in', 'No sign-in service is set; people come with tokens.');
  return await examineIssuer(signIn.issuer);
}
