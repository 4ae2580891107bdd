import { open } from 'node:fs/promises';
import type { Journal } from '#audit';
import { silentLog, UnicaError } from '#base';
import { pseudonymOf } from '#deid';
import { openVault, type SiteVault, type VaultKey, type VaultPerson } from '#vault';
import type { Role } from '#wire';
import type { NodeConfig } from './config.ts';
import { type OpenNode, openNode } from './open-node.ts';
import { keyFileIsApart, type VaultSettings } from './site-vault-settings.ts';

/** Who opens the vault, and why: both stand in the journal afterwards. */
export interface VaultWarrant {
  /** A token of this node with the role {@link VAULT_ROLE}. */
  readonly token: string;
  /** Such as "Art. 15 request 2026-114"; 8 to 200 characters, no name and no number of a patient. */
  readonly reason: string;
}

/** Whom or what somebody asks about: `study` and `image` are UIDs, of the hospital or pseudonymous. */
export type VaultWish =
  | { readonly kind: 'patient'; readonly text: string }
  | { readonly kind: 'pseudonym'; readonly text: string }
  | { readonly kind: 'study'; readonly text: string }
  | { readonly kind: 'image'; readonly text: string };

/** Look-ups are for the data protection officer. */
export const VAULT_ROLE: Role = 'protection-officer';

/** Makes the vault that the settings name. @throws UnicaError `config.invalid`, `vault.exists`, `vault.key-unusable` */
export async function initVault(config: NodeConfig): Promise<void> {
  const vault = await openVault({ ...settingsOf(config), create: 'new' });
  await vault.close();
  await journalled(config, async ({ journal, card }) => {
    await journal.append({ actor: 'command-line', action: 'vault.made', subject: card.siteId, facts: {} });
  });
}

/** Who it is. The journal has the entry before anybody sees the answer. @throws UnicaError `vault.…` */
export async function findInVault(
  config: NodeConfig,
  wish: VaultWish,
  warrant: VaultWarrant,
): Promise<readonly VaultPerson[]> {
  return await withVault(config, warrant, [wish.text], async ({ node, vault, append }) => {
    const people = await answersOf(node, vault, wish);
    // Only a person that is known by a pseudonym can be named in the journal.
    const [only] = people.length === 1 ? people : [];
    reasonIsClean(warrant.reason, people.flatMap(namesOf));
    await append('vault.found', only?.person ?? 'nobody', { asked: wish.kind, answers: people.length });
    return people;
  });
}

/**
 * Writes everybody into a table that only its owner can read; returns how many lines. @throws UnicaError `vault.…`;
 * an error of the file system when the file is there already.
 */
export async function exportVault(config: NodeConfig, path: string, warrant: VaultWarrant): Promise<number> {
  return await withVault(config, warrant, [], async ({ node, vault, append }) => {
    await append('vault.exported', node.card.siteId, await vault.check());
    const file = await open(path, 'wx', 0o600);
    try {
      const columns = ['PatientID', 'IssuerOfPatientID', 'Pseudonym', 'DaysBack', 'StudyInstanceUID', 'NewStudyUID'];
      await file.write(`${columns.join(',')}\n`);
      let lines = 0;
      for await (const { patientId, issuer, person, daysBack, studies } of vault.people()) {
        for (const { studyInstanceUid, newStudyInstanceUid } of studies) {
          const cells = [patientId, issuer, person, String(daysBack), studyInstanceUid, newStudyInstanceUid];
          await file.write(`${cells.map(cell).join(',')}\n`);
          lines += 1;
        }
      }
      await file.sync();
      return lines;
    } finally {
      await file.close();
    }
  });
}

/**
 * Takes a person out of the vault and records the opt-out, without which the next image of that person would bring the
 * link back. @throws UnicaError `vault.…`
 */
export async function forgetInVault(
  config: NodeConfig,
  wish: VaultWish,
  warrant: VaultWarrant,
): Promise<{ readonly entries: number; readonly people: readonly string[] }> {
  return await withVault(config, warrant, [wish.text], async ({ node, vault, actor, append }) => {
    const found = await answersOf(node, vault, wish);
    reasonIsClean(warrant.reason, found.flatMap(namesOf));
    const people = new Set(found.map(({ person }) => person));
    if (wish.kind === 'patient') people.add(pseudonymOf(node.site, wish.text));
    let entries = 0;
    for (const person of people) {
      await node.optOuts.record(person, 'opt-out', actor);
      const gone = await vault.forget({ person });
      await append('vault.forgotten', person, { entries: gone });
      entries += gone;
    }
    return { entries, people: [...people] };
  });
}

/** Encrypts the vault anew. @throws UnicaError `vault.…` */
export async function rotateVaultKey(config: NodeConfig, key: VaultKey, warrant: VaultWarrant): Promise<void> {
  const { path } = settingsOf(config);
  if (key.kind === 'file') keyFileIsApart(key.path, path, config.home);
  await withVault(config, warrant, [], async ({ node, vault, append }) => {
    await vault.rotateKey(key);
    await append('vault.key-changed', node.card.siteId, { key: key.kind });
  });
}

/** Whether every entry opens and none is missing. @throws UnicaError `vault.…` */
export async function checkVault(config: NodeConfig): Promise<{ readonly people: number; readonly studies: number }> {
  const vault = await openVault(settingsOf(config));
  try {
    return await vault.check();
  } finally {
    await vault.close();
  }
}

interface Audience {
  readonly node: OpenNode;
  readonly vault: SiteVault;
  readonly actor: string;
  append(action: string, subject: string, facts: Parameters<Journal['append']>[0]['facts']): Promise<void>;
}

async function withVault<Result>(
  config: NodeConfig,
  { token, reason }: VaultWarrant,
  asked: readonly string[],
  work: (audience: Audience) => Promise<Result>,
): Promise<Result> {
  reasonIsClean(reason, asked);
  const settings = settingsOf(config);
  return await journalled(config, async (node) => {
    const person = await node.people.token(token);
    const actor = person?.personId ?? 'nobody';
    const append: Audience['append'] = async (action, subject, facts) => {
      await node.journal.append({ actor, action, subject, because: reason, facts });
    };
    if (person === undefined || !person.roles.includes(VAULT_ROLE)) {
      await append('vault.refused', node.card.siteId, {});
      throw new UnicaError('vault.not-allowed', { role: VAULT_ROLE });
    }
    const vault = await openVault(settings);
    try {
      return await work({ node, vault, actor, append });
    } finally {
      await vault.close();
    }
  });
}

async function journalled<Result>(config: NodeConfig, work: (node: OpenNode) => Promise<Result>): Promise<Result> {
  const node = await openNode(config, silentLog);
  try {
    return await work(node);
  } finally {
    await node.close();
  }
}

function settingsOf({ siteVault }: NodeConfig): VaultSettings {
  if (siteVault !== undefined) return siteVault;
  throw new UnicaError('config.invalid', { key: 'vault', problem: 'it does not say where the site vault is' });
}

async function answersOf(node: OpenNode, vault: SiteVault, { kind, text }: VaultWish): Promise<readonly VaultPerson[]> {
  const words = text.trim();
  switch (kind) {
    case 'patient':
      return await vault.find({ patientId: words });
    case 'pseudonym':
      return await vault.find({ person: words });
    case 'study': {
      const originals = await vault.find({ studyInstanceUid: words });
      return originals.length > 0 ? originals : await vault.find({ newStudyInstanceUid: words });
    }
    case 'image': {
      const study = await node.archive.studyOf(words);
      return study === undefined ? [] : await vault.find({ newStudyInstanceUid: study });
    }
  }
}

function namesOf({ patientId, studies }: VaultPerson): readonly string[] {
  return [patientId, ...studies.map(({ studyInstanceUid }) => studyInstanceUid)];
}

/** The journal is not secret and is never shortened: what identifies must not get into it. */
function reasonIsClean(reason: string, identifiers: readonly string[]): void {
  const words = reason.trim();
  if (words.length < 8 || words.length > 200) throw unusable('it has 8 to 200 characters');
  const lower = words.toLowerCase();
  const repeated = identifiers.some((each) => each.trim().length > 2 && lower.includes(each.trim().toLowerCase()));
  if (repeated) throw unusable('it repeats an identifier of the patient');
}

function unusable(problem: string): UnicaError {
  return new UnicaError('vault.reason-unusable', { problem });
}

/** A cell of the table; a leading `=` or the like would be run as a formula by spreadsheets. */
function cell(text: string): string {
  const plain = /^[=+@\t\r-]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
