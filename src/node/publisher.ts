import type { Kysely } from 'kysely';
import type { Journal } from '#audit';
import { canonicalJson, type Json, UnicaError } from '#base';
import { datasetRecord, describeDataset } from '#catalogue';
import type { Cohort } from '#consent';
import { PUBLIC_COUNTS, releaseCount } from '#privacy';
import type { ClinicalWarehouse } from '#warehouse';
import {
  acceptedSchema,
  type DatasetCard,
  type DatasetRecord,
  datasetRecordSchema,
  HUB_PATHS,
  type RecordStandingView,
} from '#wire';
import type { ArchiveMember } from './archive.ts';
import type { CurrentData } from './current-data.ts';
import { WHOLE_ARCHIVE } from './current-data.ts';
import type { DataQuality } from './data-quality.ts';
import { type DatasetContents, datasetContents } from './dataset-contents.ts';
import type { DossierDesk } from './dossier-desk.ts';
import type { HubClient } from './hub-client.ts';
import type { IdentityCard } from './identity-card.ts';
import { lastRecord } from './last-record.ts';
import { recordStanding } from './record-standing.ts';
import type { NodeTables } from './tables.ts';

/** What a curator says about a dataset. */
export interface Announcement {
  readonly title: string;
  readonly description: string;
  readonly conditions: readonly string[];
  readonly card?: DatasetCard | undefined;
}

/** What a publisher works with. */
export interface PublisherParts {
  readonly db: Kysely<NodeTables>;
  readonly warehouse: ClinicalWarehouse;
  readonly dossier: Pick<DossierDesk, 'mayShare'>;
  readonly quality: Pick<DataQuality, 'current'>;
  readonly data: CurrentData;
  readonly hub: Pick<HubClient, 'post'>;
  readonly card: IdentityCard;
  readonly secret: Uint8Array;
  readonly journal: Journal;
  readonly clock: () => number;
  readonly minimumCount: number;
  readonly synthetic: boolean;
}

/** Publishes datasets to the hub's catalogue: aggregates that disclosure control let pass, nothing else. */
export class Publisher {
  readonly #parts: PublisherParts;
  /** A cohort is drawn anew when images, tables or people change. */
  readonly #contents = new WeakMap<Cohort<ArchiveMember>, Promise<DatasetContents>>();

  constructor(parts: PublisherParts) {
    this.#parts = parts;
  }

  /**
   * Publishes the dataset as it stands; the same data and words again publish the same version.
   * @throws UnicaError `http.not-found`, `node.dossier-incomplete`, `node.dataset-empty`, and the hub client's.
   */
  async publish(name: string, announcement: Announcement, actor: string): Promise<DatasetRecord> {
    if (name !== WHOLE_ARCHIVE) throw new UnicaError('http.not-found', { what: `dataset ${name}` });
    await this.#parts.dossier.mayShare();
    const { db, hub, journal } = this.#parts;
    const { record, frozen } = await this.#frozen(name, await this.#record(name, announcement));
    await hub.post(
      { kind: 'dataset', path: HUB_PATHS.datasets, message: { record: record as Json }, timeoutMs: 30_000 },
      acceptedSchema,
    );
    await db
      .insertInto('datasets')
      .values({
        name,
        version: record.version,
        record: canonicalJson(record as Json),
        content_sha256: record.contentSha256,
        published_at_ms: record.publishedAtMs,
      })
      .onConflict((conflict) => conflict.columns(['name', 'version']).doNothing())
      .execute();
    await journal.append({
      actor,
      action: 'dataset.published',
      subject: name,
      facts: {
        version: record.version,
        contentSha256: record.contentSha256,
        ...(frozen === undefined ? {} : { warehouseSha256: frozen.contentSha256 }),
      },
    });
    return record;
  }

  /** The record that would be published, and where it stands; nothing leaves the node. @throws as `publish` does */
  async preview(name: string, announcement: Announcement): Promise<RecordStandingView> {
    if (name !== WHOLE_ARCHIVE) throw new UnicaError('http.not-found', { what: `dataset ${name}` });
    return await recordStanding(await this.#record(name, announcement), this.#parts.card.hubUrl);
  }

  /** Where the last published version stands. @throws UnicaError `http.not-found`. */
  async published(name: string): Promise<RecordStandingView> {
    const last = await this.#last(name);
    if (last === undefined) throw new UnicaError('http.not-found', { what: `published dataset ${name}` });
    return await recordStanding(last, this.#parts.card.hubUrl);
  }

  /** Everything that was published of a dataset, newest first. */
  async versions(name: string): Promise<readonly DatasetRecord[]> {
    const rows = await this.#parts.db
      .selectFrom('datasets')
      .select('record')
      .where('name', '=', name)
      .orderBy('version', 'desc')
      .execute();
    return rows.map(({ record }) => datasetRecordSchema.parse(JSON.parse(record)));
  }

  /** The last published version, and whether the data are still those; undefined where nothing was published. */
  async lastOf(name: string): Promise<{ readonly record: DatasetRecord; readonly isCurrent: boolean } | undefined> {
    const record = await this.#last(name);
    if (record === undefined) return undefined;
    const { dataVersion } = await this.#parts.data.cohort();
    return { record, isCurrent: record.contentSha256 === dataVersion };
  }

  /** The node's datasets with their last published version. */
  async list() {
    const last = await this.#last(WHOLE_ARCHIVE);
    const { data } = this.#parts;
    const cohort = await data.cohort();
    const { persons, studies } = (await this.#contentsOf(cohort)).summary;
    const guard = this.#guard(cohort.dataVersion);
    return [
      {
        name: WHOLE_ARCHIVE,
        title: last?.title ?? WHOLE_ARCHIVE,
        version: last?.version ?? null,
        publishedAtMs: last?.publishedAtMs ?? null,
        persons: guard(persons, 'persons'),
        studies: guard(studies, 'studies'),
        qualityScore: last?.quality.score ?? null,
      },
    ];
  }

  /**
   * Before anybody hears of a version: what it holds, of images alone or of tables too, never changes from here on. A number that
   * was given to other data, because the hub could not be told of them then, is not given again.
   */
  async #frozen(name: string, record: DatasetRecord) {
    const { warehouse } = this.#parts;
    if ((await this.#last(name))?.version === record.version) return { record, frozen: undefined };
    for (let version = record.version; ; version += 1) {
      const known = await warehouse.version(name, version);
      const current = await warehouse.current();
      if (known !== undefined && known.contentSha256 !== current.contentSha256) continue;
      return { record: { ...record, version }, frozen: await warehouse.freeze(name, version) };
    }
  }

  async #record(name: string, announcement: Announcement): Promise<DatasetRecord> {
    const { quality, data, card, clock, synthetic, minimumCount } = this.#parts;
    const cohort = await data.cohort();
    if (cohort.members.length === 0) throw new UnicaError('node.dataset-empty');
    const last = await this.#last(name);
    const { summary, variables } = await this.#contentsOf(cohort);
    const { score, images, findings, dimensions, smallestSpacingMm } = await quality.current();
    const draft = describeDataset({
      siteId: card.siteId,
      name,
      title: announcement.title,
      description: announcement.description,
      country: card.country,
      version: (last?.version ?? 0) + 1,
      summary,
      variables: variables.filter(({ persons }) => persons >= minimumCount).map(({ variable }) => variable),
      quality: { score, checked: images, findings, dimensions },
      smallestSpacingMm,
      card: announcement.card,
      conditions: announcement.conditions,
      synthetic,
      publishedAtMs: clock(),
      contentSha256: cohort.dataVersion,
    });
    const record = datasetRecord(draft, this.#guard(cohort.dataVersion));
    if (last !== undefined && sameBut(last, record)) return last;
    return record;
  }

  async #contentsOf(cohort: Cohort<ArchiveMember>): Promise<DatasetContents> {
    const known = this.#contents.get(cohort) ?? datasetContents(cohort, this.#parts.warehouse);
    this.#contents.set(cohort, known);
    // A failure is not remembered.
    known.catch(() => this.#contents.delete(cohort));
    return await known;
  }

  #guard(dataVersion: string) {
    const { secret, minimumCount } = this.#parts;
    const rule = { ...PUBLIC_COUNTS, threshold: minimumCount };
    return (count: number, cell: string) =>
      releaseCount(count, rule, { secret, dataVersion, question: 'catalogue', cell }).value;
  }

  async #last(name: string): Promise<DatasetRecord | undefined> {
    return await lastRecord(this.#parts.db, name);
  }
}

/** True when two records differ in nothing but version and time. */
function sameBut(a: DatasetRecord, b: DatasetRecord): boolean {
  const plain = (record: DatasetRecord) => canonicalJson({ ...record, version: 0, publishedAtMs: 0 } as Json);
  return plain(a) === plain(b);
}
