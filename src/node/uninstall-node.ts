import { createWriteStream, existsSync } from 'node:fs';
import { open, readdir, realpath, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { writeExport } from '#audit';
import { silentLog, UnicaError } from '#base';
import { keepOthersOut, lockFolder } from '#store';
import type { NodeConfig } from './config.ts';
import { openNode } from './open-node.ts';
import { OutgoingLedger } from './outgoing-ledger.ts';
import { sendHead } from './send-head.ts';

/** What is left of a node. */
export interface UninstallReport {
  readonly siteId: string;
  /** The signed journal, for an auditor. */
  readonly record: string;
  readonly entries: number;
  readonly images: number;
  readonly bytesOut: number;
  /** Whether the hub was left the head of the journal. */
  readonly toldHub: boolean;
  readonly deleted: boolean;
}

/**
 * Ends a node whose service does not run: writes the end into the journal, leaves its head with the hub, writes the whole signed
 * journal to a file, and deletes the home where its name was given once more.
 * @throws UnicaError `node.not-initialised`, `checkup.home-in-use`, `checkup.commands-at-work`, `node.uninstall-unsure`, `node.uninstall-record`
 */
export async function uninstallNode(
  config: NodeConfig,
  wish: { readonly record: string; readonly deleteData?: string | undefined },
): Promise<UninstallReport> {
  if (wish.deleteData !== undefined) await checkOutside(config.home, wish.record);
  await noneAtWork(config.home);
  const report = await ended(config, wish);
  // Only once the record is whole; a command that began meanwhile would be left without what it works on.
  if (report.deleted) {
    await noneAtWork(config.home);
    await deleteHome(config.home);
  }
  return report;
}

async function noneAtWork(home: string): Promise<void> {
  if (!existsSync(home)) return;
  // Who has it for itself says its name.
  await (await lockFolder(home)).release();
  await (await keepOthersOut(home)).release();
}

async function checkOutside(home: string, record: string): Promise<void> {
  const [folder, own] = await Promise.all([realpath(dirname(resolve(record))), realpath(home).catch(() => home)]);
  if (`${folder}${sep}`.startsWith(`${own}${sep}`)) throw new UnicaError('node.uninstall-record', { record });
}

/** A home that is a link or a mounted disk is emptied too, though the disk stays where it is mounted. */
async function deleteHome(home: string): Promise<void> {
  const folder = await realpath(home);
  for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true, force: true });
  await rm(home, { recursive: true, force: true }).catch(() => undefined);
}

async function ended(
  config: NodeConfig,
  wish: { readonly record: string; readonly deleteData?: string | undefined },
): Promise<UninstallReport> {
  const node = await openNode(config, silentLog);
  const { card, journal, keys, archive, database, clock } = node;
  try {
    if (wish.deleteData !== undefined && wish.deleteData !== card.siteId)
      throw new UnicaError('node.uninstall-unsure', { siteId: card.siteId });
    const lock = await lockFolder(config.home, 'an uninstallation');
    try {
      // A place that cannot be written to is told before anything is ended.
      const unfinished = `${wish.record}.unfinished`;
      await (await open(unfinished, 'w', 0o600)).close();
      const { images, studies, persons } = await archive.totals();
      const sent = await new OutgoingLedger(database, clock).totals();
      const bytesOut = sent.reduce((sum, { bytes }) => sum + bytes, 0);
      const facts = { images, studies, persons, bytesOut, deleted: wish.deleteData !== undefined };
      await journal.append({ actor: 'command-line', action: 'node.uninstalled', subject: card.siteId, facts });
      const toldHub = await sendHead(config).then(
        () => true,
        () => false,
      );
      await journal.checkpoint();
      let entries = 0;
      async function* lines() {
        const house = { house: card.siteId, publicKey: keys.publicKey, formerKeys: keys.former() };
        for await (const line of writeExport(journal, house)) {
          if (line.startsWith('{"entry"')) entries += 1;
          yield line;
        }
      }
      await pipeline(Readable.from(lines()), createWriteStream(unfinished, { mode: 0o600, flush: true }));
      await rename(unfinished, wish.record);
      const deleted = wish.deleteData !== undefined;
      return { siteId: card.siteId, record: wish.record, entries, images, bytesOut, toldHub, deleted };
    } finally {
      await lock.release();
    }
  } finally {
    await node.close();
  }
}
