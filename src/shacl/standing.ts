import type { Quad } from '@rdfjs/types';
import { readRdf } from './read-rdf.ts';
import { type ShaclFinding, validateRecord } from './validate-record.ts';

/** How far a record has come. */
export type RecordState = 'draft' | 'eucaim-valid' | 'r8-valid';

/** The profiles that make the states, in their order. */
type StandingProfile = 'eucaim-v2' | 'healthdcat-r8';

/** Where a record stands and what it lacks for the next state. */
export interface RecordStanding {
  readonly state: RecordState;
  /** By profile, in the order of the states; empty lists where nothing is missing. */
  readonly missing: readonly { readonly profile: StandingProfile; readonly findings: readonly ShaclFinding[] }[];
}

/**
 * Draft until EUCAIM DCAT-AP 2 is content, EUCAIM-valid until HealthDCAT-AP Release 8 (with DCAT-AP 3.0.1 and its ranges)
 * is too. The body of Release 8 may be absent as long as a country has designated none: such a record stays EUCAIM-valid.
 * @param forms the record as Turtle, in the form of either profile
 */
export async function standingOf(forms: Readonly<Record<StandingProfile, string>>): Promise<RecordStanding> {
  return await standingOfStatements({
    'eucaim-v2': await readRdf(new TextEncoder().encode(forms['eucaim-v2']), 'turtle'),
    'healthdcat-r8': await readRdf(new TextEncoder().encode(forms['healthdcat-r8']), 'turtle'),
  });
}

/** {@link standingOf} for a record whose statements have been read already. */
export async function standingOfStatements(
  forms: Readonly<Record<StandingProfile, readonly Quad[]>>,
): Promise<RecordStanding> {
  const missing = [];
  for (const profile of ['eucaim-v2', 'healthdcat-r8'] as const) {
    const quads = forms[profile];
    const { violations } = await validateRecord(quads, profile, { violationsOnly: true });
    missing.push({ profile, findings: violations });
  }
  const [eucaim, release8] = missing.map(({ findings }) => findings.length === 0);
  return { state: !eucaim ? 'draft' : release8 ? 'r8-valid' : 'eucaim-valid', missing };
}
