import type { Kysely } from 'kysely';
import type { PermitVerifier } from '#access';
import type { Journal } from '#audit';
import type { Clock } from '#base';
import type { WarmTrainer } from '#engine';
import type { SiteKeys } from '#identity';
import type { SearchDesk } from '#search';
import type { BlobReader, BlobStore } from '#store';
import type { Approvals } from './approvals.ts';
import type { ApprovedOrders } from './approved-orders.ts';
import type { ClinicWatch } from './clinic-watch.ts';
import type { NodeConfig } from './config.ts';
import type { CurrentData } from './current-data.ts';
import type { DataUses } from './data-uses.ts';
import type { FilmCache } from './film-cache.ts';
import type { HubClient } from './hub-client.ts';
import type { IdentityCard } from './identity-card.ts';
import type { PeerKeys } from './peer-keys.ts';
import type { PrivacyLedger } from './privacy-ledger.ts';
import type { StandingRules } from './standing-rules.ts';
import type { StrategyStates } from './strategy-states.ts';
import type { SumRounds } from './sum-rounds.ts';
import type { TableChecks } from './table-checks.ts';
import type { NodeTables } from './tables.ts';
import type { TrainingMemory } from './training-memory.ts';

/** What the node's work needs. */
export interface WorkParts {
  readonly db: Kysely<NodeTables>;
  readonly config: NodeConfig;
  readonly card: IdentityCard;
  readonly secret: Uint8Array;
  readonly clock: Clock;
  readonly data: CurrentData;
  readonly search: SearchDesk;
  readonly uses: DataUses;
  readonly films: FilmCache;
  readonly states: StrategyStates;
  readonly memory: TrainingMemory;
  readonly trainer: WarmTrainer;
  readonly blobs: BlobStore & BlobReader;
  readonly approvals: Approvals;
  readonly orders: ApprovedOrders;
  readonly rules: StandingRules;
  readonly tableChecks: TableChecks;
  readonly watches: ClinicWatch;
  readonly privacy: PrivacyLedger;
  readonly permits: PermitVerifier;
  /** Ends what is under way under a permit. */
  endUnder(permitId: string): void;
  /** Where weights come from and updates go to. */
  readonly hub: Pick<HubClient, 'getBlob' | 'putBlob' | 'holds'>;
  readonly journal: Journal;
  readonly masking: MaskingParts;
}

/** What masking needs of the node beside its other work. */
export interface MaskingParts {
  readonly keys: SiteKeys;
  readonly peers: PeerKeys;
  readonly sums: SumRounds;
  readonly blobs: BlobStore;
}
