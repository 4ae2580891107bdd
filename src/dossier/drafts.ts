import { countryRules } from './country-rules.ts';
import { plainInMarkdown, toBeWritten } from './draft-words.ts';
import { type LegalReference, legalReference } from './legal-references.ts';
import type { DossierStanding } from './standing-of-dossier.ts';

/** Documents that can be begun from what the node knows. */
export const DRAFTS = ['dpia', 'record-of-processing', 'information-notice', 'sharing-agreement-annexes'] as const;

/** One of {@link DRAFTS}. */
export type DraftName = (typeof DRAFTS)[number];

/** What the node knows of itself. Counts are as they may be told outside. */
export interface NodeFacts {
  readonly siteId: string;
  readonly displayName: string;
  readonly country: string;
  readonly hubName: string;
  readonly hubUrl: string;
  readonly software: string;
  readonly datasets: readonly {
    readonly name: string;
    readonly title: string;
    readonly version: number | null;
    readonly persons: string;
    readonly studies: string;
    readonly basis: string;
    readonly conditions: readonly string[];
  }[];
  readonly minimumCount: number;
  readonly privacyBudget: { readonly epsilon: number; readonly delta: number };
  readonly approval: string;
  readonly hasVault: boolean;
  /** What a person is told, in the language of the notice. */
  readonly text: {
    readonly title: string;
    readonly short: readonly string[];
    readonly layers: readonly { readonly title: string; readonly body: string }[];
    readonly version: number;
  };
  readonly dossier: DossierStanding;
  /** Bytes that have left, by what it was. */
  readonly left: readonly { readonly kind: string; readonly requests: number; readonly bytes: number }[];
  readonly day: string;
}

/**
 * A document as Markdown, begun from what the node knows; what only people can say is marked with "[to be written: …]".
 * It is a draft: the controller and the data protection officer answer for what is signed.
 */
export function draftOf(name: DraftName, facts: NodeFacts): string {
  const body = {
    dpia,
    'record-of-processing': recordOfProcessing,
    'information-notice': informationNotice,
    'sharing-agreement-annexes': annexes,
  };
  return `${body[name](facts).join('\n')}\n`;
}

function heading(title: string, { displayName, day }: NodeFacts): readonly string[] {
  return [
    `# ${title}`,
    '',
    `${plainInMarkdown(displayName)} · draft of ${day}, made by the node from what it knows`,
    '',
  ];
}

function datasetTable({ datasets }: NodeFacts): readonly string[] {
  return [
    '| dataset | version | people | studies | legal basis | conditions of use |',
    '|---|---|---|---|---|---|',
    ...datasets.map(
      ({ name, title, version, persons, studies, basis, conditions }) =>
        `| ${plainInMarkdown(title)} (${plainInMarkdown(name)}) | ${version ?? 'not published'} | ${persons} | ${studies} | ${plainInMarkdown(basis)} | ${conditions.map(plainInMarkdown).join(', ') || '–'} |`,
    ),
    '',
  ];
}

function safeguards(facts: NodeFacts): readonly string[] {
  return [
    '- Images are de-identified on arrival by the profiles of DICOM PS3.15; what cannot be cleaned with certainty is set aside.',
    `- Names and numbers become pseudonyms by a keyed hash; the key stays in the house. ${facts.hasVault ? 'An encrypted vault of the house can lead back.' : 'Nothing is kept that leads back.'}`,
    `- No image and no row about a person leaves. Counts below ${facts.minimumCount} people are withheld; others carry noise and are rounded.`,
    `- Training with differential privacy is bounded by ε = ${facts.privacyBudget.epsilon} at δ = ${facts.privacyBudget.delta} for each person.`,
    `- Work is approved: ${facts.approval === 'ask' ? 'a person of the house decides on each job or agrees in advance by a rule' : 'automatically, under a valid permit'}. The owner can stop everything at once.`,
    '- An opt-out takes effect within a second in counts, exports, pictures and training; where the legal basis is consent, only people who consented are used.',
    '- Every use, decision and message that leaves is in a hash-linked, signed journal.',
    '- Connections are outgoing only.',
    '',
  ];
}

function references(ids: readonly string[]): readonly string[] {
  return ids
    .map(legalReference)
    .filter((found): found is LegalReference => found !== undefined)
    .map(
      ({ title, place, url, appliesFrom }) =>
        `- ${title}, ${place}${appliesFrom === null ? '' : ` (applies from ${appliesFrom})`}: ${url}`,
    );
}

function dpia(facts: NodeFacts): readonly string[] {
  const rules = countryRules(facts.country);
  return [
    ...heading('Data protection impact assessment', facts),
    '## 1 What is done, and why',
    '',
    `Images and clinical data of ${plainInMarkdown(facts.displayName)} are made searchable for researchers of ${plainInMarkdown(facts.hubName)} and used where they lie: counted, and learned from in rounds. ${toBeWritten('why the house takes part')}`,
    '',
    ...datasetTable(facts),
    '## 2 Whether it is necessary and proportionate',
    '',
    `Only aggregates and parameters of models leave. ${toBeWritten('why less would not do')}`,
    '',
    ...references(['gdpr-art-6-9', 'gdpr-art-35', 'ehds-art-51', 'ehds-art-71']),
    ...rules.laws.map(({ title, source }) =>
      source === null ? `- ${title} (to be confirmed)` : `- ${title}: ${source}`,
    ),
    '',
    '## 3 Risks, and what is done against them',
    '',
    '| risk | what is done | what is left |',
    '|---|---|---|',
    `| somebody is recognised in an image | de-identification of header and pixels, quarantine, review by samples | ${toBeWritten('judgement')} |`,
    `| somebody is singled out by counts | smallest count ${facts.minimumCount}, noise, rounding, a budget of questions | ${toBeWritten('judgement')} |`,
    `| a model tells whom it learned from | secure aggregation, differential privacy where a job has it, memorisation check | ${toBeWritten('judgement')} |`,
    `| somebody is used against her wish | opt-outs and consents asked at every use, proved by the journal | ${toBeWritten('judgement')} |`,
    `| the node is broken into | outgoing connections only, journal with signed checkpoints, keys apart | ${toBeWritten('judgement')} |`,
    ...(rules.inTheUnion
      ? []
      : [
          `| data protection outside the Union is weaker | only aggregates leave; transfer instrument and assessment | ${toBeWritten('judgement')} |`,
        ]),
    '',
    '## 4 Safeguards',
    '',
    ...safeguards(facts),
    '## 5 Opinions',
    '',
    `Data protection officer: ${toBeWritten('opinion, name, day')}`,
    '',
    `People concerned or their representatives: ${toBeWritten('what they said')}`,
    '',
    `Authority: ${plainInMarkdown(rules.authority.name)} ${rules.authority.url}. ${plainInMarkdown(rules.note)}`,
  ];
}

function recordOfProcessing(facts: NodeFacts): readonly string[] {
  const rules = countryRules(facts.country);
  const row = (what: string, value: string) => `| ${what} | ${value} |`;
  return [
    ...heading('Record of processing activities', facts),
    ...references(['gdpr-art-30']),
    '',
    '| | |',
    '|---|---|',
    row('Controller', `${plainInMarkdown(facts.displayName)}; ${toBeWritten('address, representative')}`),
    row('Data protection officer', toBeWritten('name, contact')),
    row(
      'Purposes',
      'secondary use for research, education, public health and the development of models, under permits',
    ),
    row('People concerned', 'patients and participants of screening of whom there are images'),
    row('Kinds of data', 'pseudonymised images and clinical data on health (Art. 9)'),
    row(
      'Recipients',
      `${plainInMarkdown(facts.hubName)} (${plainInMarkdown(facts.hubUrl)}): aggregates, parameters of models, decisions; holders of permits: results`,
    ),
    row(
      'Third countries',
      rules.inTheUnion
        ? 'none by the node; members of the network outside the Union receive models'
        : `the node is outside the Union (${facts.country})`,
    ),
    row('Kept for', toBeWritten('how long')),
    row('Software', plainInMarkdown(facts.software)),
    '',
    '## Datasets',
    '',
    ...datasetTable(facts),
    '## What has left so far',
    '',
    '| what | requests | bytes |',
    '|---|---|---|',
    ...facts.left.map(({ kind, requests, bytes }) => `| ${plainInMarkdown(kind)} | ${requests} | ${bytes} |`),
    '',
    '## Technical and organisational measures',
    '',
    ...safeguards(facts),
  ];
}

function informationNotice(facts: NodeFacts): readonly string[] {
  const rules = countryRules(facts.country);
  return [
    `# ${plainInMarkdown(facts.text.title)}`,
    '',
    ...facts.text.short.map((sentence) => `- ${plainInMarkdown(sentence)}`),
    '',
    ...facts.text.layers.flatMap(({ title, body }) => [`## ${plainInMarkdown(title)}`, '', plainInMarkdown(body), '']),
    '---',
    '',
    `${plainInMarkdown(facts.displayName)} · ${toBeWritten('data protection officer: name, contact')} · ${plainInMarkdown(rules.authority.name)} ${rules.authority.url} · v${facts.text.version} · ${facts.day}`,
  ];
}

function annexes(facts: NodeFacts): readonly string[] {
  return [
    ...heading('Annexes to the data sharing agreement', facts),
    '## Annex 1 Parties and contacts',
    '',
    `Data holder: ${plainInMarkdown(facts.displayName)} (${facts.siteId}, ${facts.country}). Network: ${plainInMarkdown(facts.hubName)}, ${plainInMarkdown(facts.hubUrl)}. ${toBeWritten('people who negotiate, with their LS-AAI identity')}`,
    '',
    '## Annex 2 Datasets and conditions',
    '',
    ...datasetTable(facts),
    '## Annex 3 Technical and organisational measures',
    '',
    ...safeguards(facts),
    '## Annex 4 Documents of the data holder',
    '',
    '| item | state | document | responsible | until |',
    '|---|---|---|---|---|',
    ...facts.dossier.entries
      .filter(({ state }) => state !== 'not-needed')
      .map(({ item, state, document }) =>
        document === null
          ? `| ${item} | ${state} | – | – | – |`
          : `| ${item} | ${state} | ${plainInMarkdown(document.reference)} | ${plainInMarkdown(document.responsible)} | ${document.validUntil} |`,
      ),
    '',
    '## Annex 5 Incidents and end',
    '',
    toBeWritten('whom to tell, within how many hours, and what happens to what was shared when the agreement ends'),
  ];
}
