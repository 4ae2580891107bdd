import { createHash, randomBytes } from 'node:crypto';
import type { z } from 'zod';
import { SeededRandom } from '#base';
import { datasetRecord, describeDataset } from '#catalogue';
import { type SummarisedFacts, summarise } from '#cdm';
import { generateKeys, type SiteKeys, signRequest } from '#identity';
import { PUBLIC_COUNTS, releaseCount } from '#privacy';
import {
  acceptedSchema,
  type DatasetRecord,
  enrolReplySchema,
  HUB_PATHS,
  OWN_WIRE_RANGE,
  pollReplySchema,
} from '#wire';

/** What a {@link CountingSite} holds. */
export interface CountingSiteSettings {
  readonly siteId: string;
  readonly country: string;
  readonly displayName: string;
  /** Hyper-ontology. */
  readonly cancer: string;
  /** DICOM. */
  readonly modality: string;
  readonly studies: number;
  readonly seed: number;
  readonly software: string;
}

/** Images of one study. */
const VIEWS = 4;
/** Of each person, one after another. */
const STUDIES_OF_ONE = 3;

/**
 * A site that holds made studies in memory, counts them by the rules of a node (#cdm, #privacy, #catalogue) and speaks to a hub as a node does, signed.
 * What a hub adds up can so be held against what every site counted itself. Answers of the hub are not checked against its key.
 */
export class CountingSite {
  readonly settings: CountingSiteSettings;
  /** Everything it has published, as it left. */
  readonly published: DatasetRecord[] = [];
  readonly #hubUrl: string;
  readonly #clock: () => number;
  readonly #keys: SiteKeys = generateKeys();
  readonly #secret: Uint8Array;
  readonly #studies: readonly (readonly SummarisedFacts[])[];

  constructor(settings: CountingSiteSettings, hub: { readonly url: string; readonly clock: () => number }) {
    this.settings = settings;
    this.#hubUrl = hub.url;
    this.#clock = hub.clock;
    this.#secret = createHash('sha256').update(`counting-site ${settings.seed}`).digest();
    this.#studies = madeStudies(settings);
  }

  /** Uses up its one-time code. */
  async enrol(code: string): Promise<void> {
    const { siteId, country, displayName, software } = this.settings;
    const publicKey = this.#keys.publicKey;
    const own = { wireVersion: OWN_WIRE_RANGE.oldest, code, siteId, country, displayName, publicKey, software };
    await this.#post(HUB_PATHS.enrol, own, enrolReplySchema);
  }

  /** Publishes its first so many studies as the next version of its dataset. */
  async publish(studies: number): Promise<DatasetRecord> {
    const { siteId, country, cancer, modality } = this.settings;
    const summary = summarise(this.#studies.slice(0, studies).flat());
    const contentSha256 = createHash('sha256').update(`${siteId} ${studies}`).digest('hex');
    const draft = describeDataset({
      siteId,
      name: 'screening',
      title: `Screening, ${modality}`,
      description:
        'Made studies of made people, for measurements of a hub; nothing in them was ever seen by a scanner.',
      country,
      version: this.published.length + 1,
      summary,
      quality: { score: 90 + (this.settings.seed % 10), checked: summary.images, findings: 3 },
      card: { condition: cancer },
      conditions: ['DUO_0000042'],
      synthetic: true,
      publishedAtMs: this.#clock(),
      contentSha256,
    });
    const record = datasetRecord(draft, this.#guard(contentSha256));
    await this.#post(HUB_PATHS.datasets, { record }, acceptedSchema);
    this.published.push(record);
    return record;
  }

  /** Asks for work once and answers every count that it gets. */
  async answerCounts(): Promise<void> {
    const message = {
      wireVersion: OWN_WIRE_RANGE.oldest,
      waitMs: 0,
      software: this.settings.software,
      clockMs: this.#clock(),
      accepts: ['count'],
    };
    const { tasks } = await this.#post(HUB_PATHS.poll, message, pollReplySchema);
    for (const { taskId, body } of tasks) {
      if (body.kind !== 'count') continue;
      const { persons, studies } = summarise(this.#studies.flat());
      const guard = this.#guard('count');
      const receipt = {
        kind: 'counted',
        persons: guard(persons, 'persons'),
        studies: guard(studies, 'studies'),
        milliseconds: 1,
      };
      await this.#post(`${HUB_PATHS.tasks}/${taskId}/receipt`, receipt, acceptedSchema);
    }
  }

  #guard(dataVersion: string) {
    return (count: number, cell: string) =>
      releaseCount(count, PUBLIC_COUNTS, { secret: this.#secret, dataVersion, question: 'catalogue', cell }).value;
  }

  async #post<Reply>(path: string, message: object, reply: z.ZodType<Reply>): Promise<Reply> {
    const body = new TextEncoder().encode(JSON.stringify(message));
    const signature = signRequest({
      keys: this.#keys,
      siteId: this.settings.siteId,
      method: 'POST',
      path,
      body,
      nowMs: this.#clock(),
      nonce: randomBytes(16).toString('hex'),
    });
    const answer = await fetch(`${this.#hubUrl}${path}`, {
      method: 'POST',
      headers: { ...signature, 'content-type': 'application/json' },
      body,
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`the hub refused ${path}: ${text}`);
    return reply.parse(JSON.parse(text));
  }
}

/** Studies in the order in which they were taken; the people come again. */
function madeStudies({
  siteId,
  modality,
  studies,
  seed,
}: CountingSiteSettings): readonly (readonly SummarisedFacts[])[] {
  const random = new SeededRandom(`counting-site ${seed}`);
  return Array.from({ length: studies }, (_, index) => {
    const person = `${siteId}-${Math.floor(index / STUDIES_OF_ONE)}`;
    const age = 45 + random.below(30);
    const finding = random.below(20) === 0 ? 'positive' : 'negative';
    return Array.from(
      { length: VIEWS },
      (_, view): SummarisedFacts => ({
        person,
        studyInstanceUid: `2.25.${seed}${String(index).padStart(6, '0')}`,
        sopInstanceUid: `2.25.${seed}${String(index).padStart(6, '0')}.${view + 1}`,
        modality,
        bodyPart: modality === 'MG' ? 'BREAST' : modality === 'MR' ? 'PROSTATE' : 'CHEST',
        manufacturer: 'SIEMENS',
        sex: modality === 'MR' ? 'M' : 'F',
        ageYears: age,
        studyYear: 2024,
        findings: [finding],
      }),
    );
  });
}
