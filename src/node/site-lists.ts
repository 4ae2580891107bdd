import { readFile } from 'node:fs/promises';
import { UnicaError } from '#base';
import { NO_SITE_WORDS, type RegionRule, readRegionRules, readSiteWords, type SiteWords } from '#deid';
import { openTable } from '#intake';
import { type ConceptTable, PUBLIC_CONCEPTS, readConceptTable } from '#mapping';
import type { NodeConfig } from './config.ts';

/** Words that the site lets stay in descriptions. @throws UnicaError `config.invalid`, `deid.unusable-words` */
export async function siteWordsOf({ wordsFile }: NodeConfig): Promise<SiteWords> {
  return wordsFile === undefined ? NO_SITE_WORDS : readSiteWords(await textOf('wordsFile', wordsFile));
}

/** Rectangles that the site has blacked out. @throws UnicaError `config.invalid`, `deid.unusable-regions` */
export async function regionRulesOf({ regionsFile }: NodeConfig): Promise<readonly RegionRule[]> {
  return regionsFile === undefined ? [] : readRegionRules(await textOf('regionsFile', regionsFile));
}

/**
 * What the site knows of concepts beside what is public: codes of its licensed tables, names in its own language.
 * @throws UnicaError `config.invalid`, `mapping.concepts-unreadable`
 */
export async function conceptsOf({ conceptsFile }: Pick<NodeConfig, 'conceptsFile'>): Promise<ConceptTable> {
  if (conceptsFile === undefined) return PUBLIC_CONCEPTS;
  const table = await openTable(conceptsFile).catch((cause: unknown) => {
    throw new UnicaError('config.invalid', { key: 'conceptsFile', problem: 'the file cannot be read' }, { cause });
  });
  const rows: (readonly string[])[] = [];
  for await (const batch of table.rows()) for (const { cells } of batch) rows.push(cells);
  return readConceptTable(table.header, rows);
}

async function textOf(key: string, path: string): Promise<string> {
  return await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new UnicaError('config.invalid', { key, problem: 'the file cannot be read' }, { cause });
  });
}
