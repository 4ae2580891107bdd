import { datasetPage, type RecordAddresses, recordAddresses, signpostsOf, toTurtle, utilityLabel } from '#record';
import { fairScore, readRdf } from '#shacl';
import type { DatasetRecord } from '#wire';
import type { HubHouse } from './house.ts';
import { addressOf } from './record-address.ts';

/** Scoring a version takes some hundredths of a second: no more of them at a beat than nobody waits for. */
const AT_A_BEAT = 20;

/** How findable, accessible, interoperable and reusable a record is where this hub serves it, after F-UJI. */
export async function fairScoreOf(record: DatasetRecord, at: RecordAddresses) {
  const quads = await readRdf(new TextEncoder().encode(toTurtle(record, at)), 'turtle');
  return fairScore(quads, { page: datasetPage(record, at), link: signpostsOf(at), isServed: true });
}

/** Scores a few versions that have no scores yet, so that trends need not wait for it. */
export async function scoreVersions({ datasets, config }: Pick<HubHouse, 'datasets' | 'config'>): Promise<void> {
  for (const record of await datasets.unscored(AT_A_BEAT)) {
    const at = recordAddresses(addressOf({ config }, undefined), record.siteId, record.name);
    const { percent } = await fairScoreOf(record, at);
    await datasets.keepScores(record, { fair: percent, label: utilityLabel(record).score });
  }
}
