/** A rule that something here is based on. Laws change: this is data, with its address. */
export interface LegalReference {
  readonly id: string;
  readonly title: string;
  readonly place: string;
  readonly url: string;
  /** ISO day from which it applies; null where it does. */
  readonly appliesFrom: string | null;
}

const EUR_LEX = 'https://eur-lex.europa.eu/eli';

function rule(
  id: string,
  title: string,
  place: string,
  url: string,
  appliesFrom: string | null = null,
): LegalReference {
  return { id, title, place, url, appliesFrom };
}

/** Rules of the Union that documents, datasets and exceptions refer to by their `id`. */
export const LEGAL_REFERENCES: readonly LegalReference[] = [
  rule(
    'gdpr-art-6-9',
    'General Data Protection Regulation (EU) 2016/679',
    'Art. 6, 9(2)(j), 89',
    `${EUR_LEX}/reg/2016/679/oj`,
  ),
  rule(
    'gdpr-consent',
    'General Data Protection Regulation (EU) 2016/679',
    'Art. 6(1)(a), 7, 9(2)(a)',
    `${EUR_LEX}/reg/2016/679/oj`,
  ),
  rule('gdpr-art-30', 'General Data Protection Regulation (EU) 2016/679', 'Art. 30', `${EUR_LEX}/reg/2016/679/oj`),
  rule('gdpr-art-35', 'General Data Protection Regulation (EU) 2016/679', 'Art. 35', `${EUR_LEX}/reg/2016/679/oj`),
  rule(
    'gdpr-chapter-5',
    'General Data Protection Regulation (EU) 2016/679',
    'Art. 44 to 50',
    `${EUR_LEX}/reg/2016/679/oj`,
  ),
  rule('dga-art-25', 'Data Governance Act (EU) 2022/868', 'Art. 16 to 25', `${EUR_LEX}/reg/2022/868/oj`),
  rule(
    'ehds-art-51',
    'European Health Data Space Regulation (EU) 2025/327',
    'Art. 51, 53 (some categories of data from 2031)',
    `${EUR_LEX}/reg/2025/327/oj`,
    '2029-03-26',
  ),
  rule(
    'ehds-art-71',
    'European Health Data Space Regulation (EU) 2025/327',
    'Art. 71(1) to (3)',
    `${EUR_LEX}/reg/2025/327/oj`,
    '2029-03-26',
  ),
  rule(
    'ehds-art-71-4',
    'European Health Data Space Regulation (EU) 2025/327',
    'Art. 71(4)',
    `${EUR_LEX}/reg/2025/327/oj`,
    '2029-03-26',
  ),
  rule(
    'ai-act-art-12',
    'Artificial Intelligence Act (EU) 2024/1689',
    'Art. 12, of high-risk systems that are medical devices (a delay to 2028-08-02 was agreed on in June 2026)',
    `${EUR_LEX}/reg/2024/1689/oj`,
    '2027-08-02',
  ),
  rule(
    'scc-2021-914',
    'Standard contractual clauses, Implementing Decision (EU) 2021/914',
    'Annex',
    `${EUR_LEX}/dec_impl/2021/914/oj`,
  ),
];

/** A reference by its id. */
export function legalReference(id: string): LegalReference | undefined {
  return LEGAL_REFERENCES.find((reference) => reference.id === id);
}
