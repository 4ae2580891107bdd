import type { JoiningStep, SiteStanding } from '#wire';

/** A site as the hub knows it, with what it was seen to do. */
export interface SeenSite {
  readonly siteId: string;
  readonly displayName: string;
  readonly country: string;
  readonly state: SiteStanding;
  readonly software: string | null;
  readonly lastSeenAtMs: number | null;
  /** Its clock less the hub's. */
  readonly clockOffsetMs: number | null;
  /** Whether it trains with the code that the hub has; null where it has not said. */
  readonly sameCode: boolean | null;
  /** When it first came to a step; a step that is missing was not seen. */
  readonly steps: Partial<Readonly<Record<JoiningStep, number>>>;
  /** When its last invitation was made; null where none is known. */
  readonly lastInvitedAtMs: number | null;
  /** Datasets that it learned from. */
  readonly learnedFrom: ReadonlySet<string>;
  /** A learning job waits for its decision. */
  readonly isAsked: boolean;
}
