import { readFile } from 'node:fs/promises';
import { UnicaError } from '#base';
import { NO_SITE_WORDS, readSiteWords, type SiteWords } from '#deid';
import type { NodeConfig } from './config.ts';

/** Words that the site lets stay in descriptions. @throws UnicaError `config.invalid`, `deid.unusable-words` */
export async function siteWordsOf({ wordsFile }: NodeConfig): Promise<SiteWords> {
  if (wordsFile === undefined) return NO_SITE_WORDS;
  const text = await readFile(wordsFile, 'utf8').catch((cause: unknown) => {
    throw new UnicaError('config.invalid', { key: 'wordsFile', problem: 'the file cannot be read' }, { cause });
  });
  return readSiteWords(text);
}
