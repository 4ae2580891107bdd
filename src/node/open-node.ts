import { randomBytes } from 'node:crypto';
import { openJournal } from '#audit';
import type { Log } from '#base';
import {
  openConsents,
  openConsentTexts,
  openDatasetBases,
  openOptOutExceptions,
  openOptOuts,
  openStanding,
} from '#consent';
import { openPeople } from '#identity';
import { type Database, openFolderBlobs } from '#store';
import { ClinicalWarehouse, type WarehouseTables } from '#warehouse';
import { Archive } from './archive.ts';
import type { NodeConfig } from './config.ts';
import { WHOLE_ARCHIVE } from './current-data.ts';
import { DataUses } from './data-uses.ts';
import { DicomIndex } from './dicom-index.ts';
import { hiddenPersons } from './hidden-persons.ts';
import { type IdentityCard, readIdentityCard, siteSecret } from './identity-card.ts';
import { imagingOfIndex } from './imaging-of-index.ts';
import { Importer } from './importer.ts';
import { Imports } from './imports.ts';
import { MaskReviews } from './mask-reviews.ts';
import { OwnKeys } from './own-keys.ts';
import { Quarantine } from './quarantine.ts';
import { openNodeRecords } from './records.ts';
import { conceptsOf, regionRulesOf, siteWordsOf } from './site-lists.ts';
import { vaultWhenNeeded } from './site-vault-settings.ts';
import type { NodeTables } from './tables.ts';

/** The parts of a node that need no hub: enough to import, to ask for its status, to verify its journal. */
export type OpenNode = Awaited<ReturnType<typeof openNode>>;

/** Opens a node's home. @throws UnicaError `node.not-initialised`, `node.key-lost`, `store.newer-database`, `deid.unusable-words`, `deid.unusable-regions`, `mapping.concepts-unreadable`, `config.invalid`. */
export async function openNode(config: NodeConfig, log: Log) {
  const clock = Date.now;
  const newId = (prefix: string) => `${prefix}-${randomBytes(10).toString('hex')}`;
  const siteWords = await siteWordsOf(config);
  const regionRules = await regionRulesOf(config);
  const concepts = await conceptsOf(config);
  const card: IdentityCard = await readIdentityCard(config.home);
  const secret = await siteSecret(config.home);
  const keys = await OwnKeys.open(config.home);
  const database = await openNodeRecords(config);
  const blobs = await openFolderBlobs(config.blobsPath);
  const journal = openJournal(database, { keys, clock, formerKeys: keys.former });
  const optOuts = await openOptOuts(database, { journal, clock });
  const consents = await openConsents(database, { journal, clock });
  const bases = await openDatasetBases(database, { journal, clock });
  const texts = openConsentTexts(database, { journal, clock });
  const standing = openStanding({ optOuts, consents, bases, dataset: WHOLE_ARCHIVE });
  const exceptions = await openOptOutExceptions(database, { journal, clock });
  const archive = new Archive(database.kysely, clock);
  const dicomIndex = new DicomIndex(database as unknown as Database<NodeTables>);
  const warehouse = new ClinicalWarehouse({
    database: database as unknown as Database<WarehouseTables>,
    imaging: imagingOfIndex(database.kysely, archive),
    standing,
    clock,
    datasetId: WHOLE_ARCHIVE,
  });
  const imports = new Imports(database.kysely, clock);
  const quarantine = new Quarantine(database.kysely, config.quarantinePath, clock);
  const site = { siteId: card.siteId, secret };
  const vault = vaultWhenNeeded(config.siteVault);
  const reviews = new MaskReviews(database.kysely, clock, newId);
  const importer = new Importer({
    archive,
    database: database as unknown as Database<NodeTables>,
    reviews,
    dicomIndex,
    imports,
    quarantine,
    blobs,
    optOuts,
    journal,
    log,
    site,
    siteWords,
    regionRules,
    vault: vault?.open,
    newId,
    clock,
  });
  return {
    config,
    card,
    clock,
    secret,
    site,
    siteWords,
    regionRules,
    concepts,
    keys,
    database,
    blobs,
    journal,
    optOuts,
    consents,
    bases,
    texts,
    standing,
    exceptions,
    /** The standing of a project for which the law of the country lifts opt-outs now. */
    async underException(projectId: string) {
      await exceptions.refresh();
      if (!exceptions.lifts(projectId)) return undefined;
      const exception = { exceptions, projectId };
      return openStanding({ optOuts, consents, bases, dataset: WHOLE_ARCHIVE, exception });
    },
    uses: new DataUses(database.kysely, clock),
    hidden: async () => await hiddenPersons({ optOuts, standing, bases, archive }),
    archive,
    dicomIndex,
    warehouse,
    newId,
    imports,
    quarantine,
    reviews,
    importer,
    vault: vault?.open,
    people: openPeople(database, clock),
    async close() {
      await importer.close();
      await vault?.close();
      await blobs.close();
      await database.close();
    },
  };
}
