import { type ConditionMatch, type DataUse, type DataUseCode, dataUseCode } from '#wire';

/** A purpose as conditions are held against it. */
export interface StatedPurpose {
  /** Null where it was not stated in data-use terms. */
  readonly use: DataUse | null;
  /** There is an ethics approval. */
  readonly ethics: boolean;
}

/** A dataset as far as its conditions speak of it. */
export interface ConditionedDataset {
  /** As the holder states them: DUO codes or EUCAIM terms. */
  readonly conditions: readonly string[];
  /** Hyper-ontology code of the disease it is about; undefined where the holder does not say. */
  readonly disease?: string | undefined;
}

type Finding = Omit<ConditionMatch, 'term'>;

const MET = (reason: Finding['reason']): Finding => ({ verdict: 'met', reason });
const BREACHED = (reason: Finding['reason']): Finding => ({ verdict: 'breached', reason });
const PEOPLE: Finding = { verdict: 'people-judge', reason: 'needs-a-person' };

const researchIs = (use: DataUse, ...kinds: readonly DataUse['research'][]) =>
  kinds.includes(use.research) ? MET('research-fits') : BREACHED('research-other');

const researchIsNot = (use: DataUse, kind: DataUse['research']) =>
  use.research === kind ? BREACHED('research-other') : MET('research-fits');

const notCommercial = (use: DataUse) => (use.commercial ? BREACHED('commercial') : MET('not-commercial'));
const notForProfit = (use: DataUse) => (use.notForProfit ? MET('not-for-profit') : BREACHED('for-profit'));
const promised = (isPromised: boolean) => (isPromised ? MET('promised') : BREACHED('not-promised'));

/**
 * Holds a purpose against each condition of a dataset, in the order the dataset states them (Data Use Ontology, 2021-02-23).
 * What a machine cannot know, such as which countries a holder has in mind, is left to people; so is everything where the
 * purpose was not stated. It decides nothing: the holder's committee does.
 */
export function matchPurpose(purpose: StatedPurpose, dataset: ConditionedDataset): readonly ConditionMatch[] {
  const codes = dataset.conditions.map((stated) => ({ stated, code: dataUseCode(stated) }));
  const clinicalCareToo = codes.some(({ code }) => code === 'DUO_0000043');
  return codes.map(({ stated, code }) =>
    code === undefined
      ? { term: stated, verdict: 'people-judge', reason: 'unknown-term' }
      : { term: code, ...findingOf(code, purpose, { disease: dataset.disease, clinicalCareToo }) },
  );
}

function findingOf(
  code: DataUseCode,
  { use, ethics }: StatedPurpose,
  { disease, clinicalCareToo }: { readonly disease: string | undefined; readonly clinicalCareToo: boolean },
): Finding {
  if (code === 'DUO_0000004') return MET('no-limit');
  if (code === 'DUO_0000021' && ethics) return MET('ethics-given');
  if (use === null) return { verdict: 'people-judge', reason: 'purpose-unstated' };
  switch (code) {
    case 'DUO_0000042':
      return use.research === 'clinical-care' && !clinicalCareToo ? BREACHED('research-other') : MET('research-fits');
    case 'DUO_0000006':
      // Methods may be developed for health or for anything: whether these are is for people to say.
      if (use.research === 'methods') return PEOPLE;
      if (use.research === 'clinical-care' && clinicalCareToo) return MET('research-fits');
      return researchIs(use, 'health', 'disease', 'genetic');
    case 'DUO_0000007':
      if (use.diseases.length === 0) return BREACHED('disease-other');
      if (disease === undefined) return { verdict: 'people-judge', reason: 'disease-unknown' };
      return use.diseases.includes(disease) ? MET('disease-fits') : BREACHED('disease-other');
    case 'DUO_0000011':
      return researchIs(use, 'ancestry');
    case 'DUO_0000044':
      return researchIsNot(use, 'ancestry');
    case 'DUO_0000015':
      return researchIsNot(use, 'methods');
    case 'DUO_0000016':
      return researchIs(use, 'genetic');
    case 'DUO_0000043':
      return MET('no-limit');
    case 'DUO_0000018':
      return use.commercial ? BREACHED('commercial') : notForProfit(use);
    case 'DUO_0000045':
      return notForProfit(use);
    case 'DUO_0000046':
      return notCommercial(use);
    case 'DUO_0000019':
      return promised(use.publishes);
    case 'DUO_0000020':
      return promised(use.collaborates);
    case 'DUO_0000021':
      return BREACHED('ethics-missing');
    case 'DUO_0000029':
      return promised(use.returnsResults);
    case 'DUO_0000012':
    case 'DUO_0000022':
    case 'DUO_0000024':
    case 'DUO_0000025':
    case 'DUO_0000026':
    case 'DUO_0000027':
    case 'DUO_0000028':
      return PEOPLE;
  }
}
