import type { AccessOffice } from '#access';
import type { Journal } from '#audit';
import type { Clock } from '#base';
import type { HarvestRegister } from '#harvest';
import type { Membership, People, Posts, SiteKeys } from '#identity';
import type { TaskTable, WakeUp } from '#jobs';
import type { Learning } from '#learning';
import type { ModelRegister, WatchRegister } from '#models';
import type { Searches } from '#search';
import type { BlobDrafts, BlobReader, BlobStore, ClearsContents, SharedBlocks } from '#store';
import type { ActivityRegister } from './activity-register.ts';
import type { BlobGrants } from './blob-grants.ts';
import type { HubConfig } from './config.ts';
import type { CourseBook } from './course-book.ts';
import type { DatasetRegister } from './dataset-register.ts';
import type { KitBook } from './kit-book.ts';
import type { SiteCheckpoints } from './site-checkpoints.ts';
import type { SuperlinkRuns } from './superlink-runs.ts';
import type { TargetBook } from './target-book.ts';
import type { WaitingReceipts } from './waiting-receipts.ts';

/** The hub's parts, built once by `startHub` and handed to its routes. */
export interface HubHouse {
  readonly config: HubConfig;
  readonly clock: Clock;
  /** Resolves once what was written before is safe on the disk: waited for before anything leaves. */
  readonly settled: () => Promise<void>;
  readonly newId: (prefix: string) => string;
  readonly keys: SiteKeys;
  readonly blobs: BlobStore & BlobReader & BlobDrafts & ClearsContents;
  /** For content that sites fetch. */
  readonly sharedBlobs: SharedBlocks;
  readonly grants: BlobGrants;
  readonly datasets: DatasetRegister;
  readonly checkpoints: SiteCheckpoints;
  readonly membership: Membership;
  readonly tasks: TaskTable;
  readonly wakeUp: WakeUp;
  readonly waitingReceipts: WaitingReceipts;
  readonly journal: Journal;
  readonly access: AccessOffice;
  readonly posts: Posts;
  /** What trusted issuers vouch for of a person, in force now. */
  readonly visasOf: People['visasOf'];
  readonly searches: Searches;
  readonly learning: Learning;
  readonly models: ModelRegister;
  /** Questions how models do in clinics. */
  readonly watches: WatchRegister;
  readonly targets: TargetBook;
  /** What the network does with others. */
  readonly activities: ActivityRegister;
  /** Courses of the academy. */
  readonly courses: CourseBook;
  /** The campaign kit for patients. */
  readonly kit: KitBook;
  readonly superlinkRuns: SuperlinkRuns;
  /** Records of other catalogues. */
  readonly harvest: HarvestRegister;
}
