import type { DataUseCode } from './data-use.ts';

/** What a policy may look at: the purpose of a permit, what is done with it, and where and when. All of it is always there. */
export interface PolicyFacts {
  readonly permit: string;
  readonly project: string;
  readonly site: string;
  readonly dataset: string;
  readonly operation: string;
  readonly nowMs: number;
  readonly revoked: boolean;
  /** The job trains with differential privacy. */
  readonly noisy: boolean;
  /** Millionths of ε that the project will have cost a person here. */
  readonly epsilonMicro: number;
  /** False where the purpose was not stated in data-use terms: what follows is then empty. */
  readonly purposeStated: boolean;
  readonly research: string;
  readonly diseases: readonly string[];
  readonly commercial: boolean;
  readonly notForProfit: boolean;
  readonly publishes: boolean;
  readonly returnsResults: boolean;
  readonly collaborates: boolean;
  readonly ethics: boolean;
  /** Conditions that the holder's committee judged met, or does not insist on. */
  readonly judged: readonly string[];
}

type NamesOf<Value> = {
  [Name in keyof PolicyFacts]: PolicyFacts[Name] extends Value ? Name : never;
}[keyof PolicyFacts];

/** What has to hold for a clause to apply. */
export type PolicyCondition =
  | { readonly fact: NamesOf<string>; readonly in: readonly string[] }
  | { readonly fact: NamesOf<boolean>; readonly is: boolean }
  | { readonly fact: NamesOf<number>; readonly atLeast: number }
  | { readonly fact: NamesOf<readonly string[]>; readonly holds: string }
  | { readonly not: PolicyCondition }
  | { readonly all: readonly PolicyCondition[] }
  | { readonly any: readonly PolicyCondition[] };

const researchIn = (...kinds: readonly string[]): PolicyCondition => ({ fact: 'research', in: kinds });
const lacks = (fact: NamesOf<boolean>): PolicyCondition => ({ fact, is: false });
const COMMERCIAL: PolicyCondition = { fact: 'commercial', is: true };

/**
 * When a condition of a dataset is breached, where a machine can say so; the others are for people to judge. A clinical use is
 * allowed beside research where the dataset also states clinical care use. It is the one source of what nodes enforce and of
 * the policies in the catalogue.
 */
export function breachOf(
  code: DataUseCode,
  dataset: { readonly disease?: string | undefined; readonly allowsClinicalCare: boolean },
): PolicyCondition | 'never' | 'people-judge' {
  const clinicalCare = dataset.allowsClinicalCare ? [] : ['clinical-care'];
  switch (code) {
    case 'DUO_0000004':
    case 'DUO_0000043':
      return 'never';
    case 'DUO_0000042':
      return clinicalCare.length === 0 ? 'never' : researchIn(...clinicalCare);
    case 'DUO_0000006':
      return researchIn('general', 'ancestry', ...clinicalCare);
    case 'DUO_0000007':
      return dataset.disease === undefined ? 'people-judge' : { not: { fact: 'diseases', holds: dataset.disease } };
    case 'DUO_0000011':
      return { not: researchIn('ancestry') };
    case 'DUO_0000044':
      return researchIn('ancestry');
    case 'DUO_0000015':
      return researchIn('methods');
    case 'DUO_0000016':
      return { not: researchIn('genetic') };
    case 'DUO_0000018':
      return { any: [COMMERCIAL, lacks('notForProfit')] };
    case 'DUO_0000045':
      return lacks('notForProfit');
    case 'DUO_0000046':
      return COMMERCIAL;
    case 'DUO_0000019':
      return lacks('publishes');
    case 'DUO_0000020':
      return lacks('collaborates');
    case 'DUO_0000021':
      return lacks('ethics');
    case 'DUO_0000029':
      return lacks('returnsResults');
    case 'DUO_0000012':
    case 'DUO_0000022':
    case 'DUO_0000024':
    case 'DUO_0000025':
    case 'DUO_0000026':
    case 'DUO_0000027':
    case 'DUO_0000028':
      return 'people-judge';
  }
}
