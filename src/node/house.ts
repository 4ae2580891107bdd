import type { Journal } from '#audit';
import type { Clock } from '#base';
import type { Consents, ConsentTextLedger, DatasetBases, OptOutDecision, OptOutExceptions, OptOuts } from '#consent';
import type { ConceptTable } from '#mapping';
import type { ClinicalWarehouse } from '#warehouse';
import type { NodeStatus, StandingRule, StandingRuleWish } from '#wire';
import type { AltruismDesk } from './altruism-desk.ts';
import type { Approvals } from './approvals.ts';
import type { Archive } from './archive.ts';
import type { ClinicHouse } from './clinic-house.ts';
import type { NodeConfig } from './config.ts';
import type { DataQuality } from './data-quality.ts';
import type { DataUses } from './data-uses.ts';
import type { DossierDesk } from './dossier-desk.ts';
import type { IdentityCard } from './identity-card.ts';
import type { Importer } from './importer.ts';
import type { Imports } from './imports.ts';
import type { LocalRules } from './local-rules.ts';
import type { MappingDesk } from './mapping-desk.ts';
import type { MaskDesk } from './mask-desk.ts';
import type { MaskReviews } from './mask-reviews.ts';
import type { OpenNode } from './open-node.ts';
import type { OutgoingLedger } from './outgoing-ledger.ts';
import type { OwnKeys } from './own-keys.ts';
import type { Complaints, PatientAccounts } from './patient-accounts.ts';
import type { PatientDesk } from './patient-desk.ts';
import type { PeerKeys } from './peer-keys.ts';
import type { PlanDesk } from './plan-desk.ts';
import type { PrivacyLedger } from './privacy-ledger.ts';
import type { Publisher } from './publisher.ts';
import type { Quarantine } from './quarantine.ts';
import type { QuarantineDesk } from './quarantine-desk.ts';
import type { ReadingDesk } from './reading-desk.ts';
import type { ReadingSettings } from './reading-settings.ts';
import type { SampleDesk } from './sample-desk.ts';
import type { SimilarDesk } from './similar-desk.ts';
import type { SimilarPermits } from './similar-permits.ts';
import type { StandingRules } from './standing-rules.ts';
import type { TableChecks } from './table-checks.ts';

/** The node's parts, built once by `startNode` and handed to its routes. */
export interface NodeHouse {
  readonly config: NodeConfig;
  readonly card: IdentityCard;
  readonly clock: Clock;
  readonly archive: Archive;
  readonly imports: Imports;
  readonly importer: Importer;
  readonly quarantine: Quarantine;
  readonly quarantineDesk: QuarantineDesk;
  readonly sampleDesk: SampleDesk;
  readonly maskDesk: MaskDesk;
  readonly mappingDesk: MappingDesk;
  readonly warehouse: ClinicalWarehouse;
  readonly concepts: ConceptTable;
  readonly reviews: MaskReviews;
  readonly outgoing: OutgoingLedger;
  readonly approvals: Approvals;
  readonly peers: PeerKeys;
  readonly rules: StandingRules;
  readonly localRules: LocalRules;
  readonly tableChecks: TableChecks;
  readonly privacy: PrivacyLedger;
  readonly optOuts: OptOuts;
  readonly exceptions: OptOutExceptions;
  readonly consents: Consents;
  readonly texts: ConsentTextLedger;
  readonly bases: DatasetBases;
  readonly uses: DataUses;
  readonly accounts: PatientAccounts;
  readonly patients: PatientDesk;
  readonly complaints: Complaints;
  readonly altruism: AltruismDesk;
  readonly database: OpenNode['database'];
  readonly keys: OwnKeys;
  /** People whose images nobody is shown: they opted out, or did not consent. */
  readonly hidden: OpenNode['hidden'];
  readonly newId: (prefix: string) => string;
  readonly clinic: ClinicHouse;
  /** Whether images are received over the network. */
  receives(): boolean;
  readonly publisher: Publisher;
  readonly dossier: DossierDesk;
  readonly quality: DataQuality;
  readonly reading: ReadingDesk;
  readonly similar: SimilarDesk;
  readonly similarPermits: SimilarPermits;
  readonly plans: PlanDesk;
  readonly readingSettings: ReadingSettings;
  readonly journal: Journal;
  status(): Promise<NodeStatus>;
  setStopped(stopped: boolean, actor: string): Promise<void>;
  /** The owner's answer to a job; told to the hub as soon as it asks again. @throws UnicaError `http.not-found`. */
  decide(
    jobId: string,
    decision: { readonly decision: 'approved' | 'denied'; readonly because: string },
    actor: string,
  ): Promise<void>;
  /** The owner's answer to a question how a model does here. @throws UnicaError as `ClinicWatch.decide` */
  decideWatch(watchId: string, decision: 'approved' | 'denied', actor: string): Promise<void>;
  /** Agrees in advance; jobs that wait and fit are decided at once. */
  createRule(wish: StandingRuleWish, actor: string): Promise<StandingRule>;
  /** The pseudonym of the person whom the hospital knows by this identifier. */
  pseudonymOf(patientId: string): string;
  /** Turns the hospital's identifier into the pseudonym here and records the decision. */
  recordOptOut(patientId: string, decision: OptOutDecision, actor: string): Promise<void>;
}
