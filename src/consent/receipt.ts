import type { ConsentText } from './consent-texts.ts';
import type { ConsentDecision } from './consents.ts';
import { PURPOSE_TERMS } from './purposes.ts';

/** Whose receipt it is from. */
export interface ReceiptIssuer {
  readonly siteId: string;
  readonly name: string;
  readonly country: string;
}

/**
 * A receipt as JSON-LD in terms of the Data Privacy Vocabulary (DPV 2, consent records after ISO/IEC TS 27560; every
 * term was looked up there on 2026-11-29). It names the person by her pseudonym only.
 */
export function receiptOf(decision: ConsentDecision, issuer: ReceiptIssuer) {
  const isGiven = decision.purposes.length > 0;
  const { givenBy } = decision;
  return {
    '@context': {
      dpv: 'https://w3id.org/dpv#',
      'eu-gdpr': 'https://w3id.org/dpv/legal/eu/gdpr#',
      dct: 'http://purl.org/dc/terms/',
      xsd: 'http://www.w3.org/2001/XMLSchema#',
      obo: 'http://purl.obolibrary.org/obo/',
    },
    '@id': `urn:sha256:${decision.sha256}`,
    '@type': 'dpv:ConsentRecord',
    'dct:identifier': decision.sha256,
    'dct:created': { '@type': 'xsd:dateTime', '@value': new Date(decision.atMs).toISOString() },
    'dct:language': decision.language,
    'dpv:hasConsentStatus': { '@id': isGiven ? 'dpv:ConsentGiven' : 'dpv:ConsentWithdrawn' },
    'dpv:hasDataSubject': { '@type': 'dpv:Patient', 'dct:identifier': decision.person },
    'dpv:hasDataController': {
      '@type': 'dpv:DataController',
      'dct:identifier': issuer.siteId,
      'dct:title': issuer.name,
      'dpv:hasCountry': issuer.country,
    },
    'dpv:hasLegalBasis': { '@id': 'eu-gdpr:A9-2-a' },
    'dpv:hasPersonalData': { '@id': 'dpv:SensitivePersonalData' },
    'dpv:hasPurpose': decision.purposes.map((purpose) => {
      const { dpv, duo } = PURPOSE_TERMS[purpose];
      return {
        '@id': `urn:unica:purpose:${purpose}`,
        '@type': dpv,
        ...(duo === null ? {} : { 'dct:conformsTo': { '@id': `obo:${duo}` } }),
      };
    }),
    // A withdrawal at the desk reads no text.
    ...(decision.textVersion === 0
      ? {}
      : { 'dpv:hasNotice': { '@type': 'dpv:ConsentNotice', 'dct:hasVersion': String(decision.textVersion) } }),
    'dpv:isIndicatedBy': { '@id': INDICATED_BY[givenBy.kind] },
    ...(givenBy.kind === 'self'
      ? {}
      : { 'dct:valid': { '@type': 'xsd:dateTime', '@value': new Date(givenBy.untilMs).toISOString() } }),
    'dct:provenance': PROVENANCE[decision.channel],
  };
}

const PROVENANCE = {
  portal: 'portal',
  paper: 'paper form, entered and confirmed by two people',
  desk: 'entered by the data protection officer',
} as const;

const INDICATED_BY = {
  self: 'dpv:DataSubject',
  parent: 'dpv:ParentOfDataSubject',
  guardian: 'dpv:GuardianOfDataSubject',
} as const;

/** A receipt to print, as one HTML page without scripts. */
export function printedReceipt(decision: ConsentDecision, issuer: ReceiptIssuer, text: ConsentText): string {
  const allowed = decision.purposes.map((purpose) => text.purposes[purpose]);
  const when = new Date(decision.atMs).toISOString().slice(0, 16).replace('T', ' ');
  const list = allowed
    .map(({ title, body }) => `<li><strong>${escaped(title)}</strong> ${escaped(body)}</li>`)
    .join('');
  return `<!doctype html><html lang="${escaped(decision.language)}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escaped(text.title)}</title><style>body{font:16px/1.5 system-ui,sans-serif;max-width:42rem;margin:2rem auto;padding:0 1rem}
code{overflow-wrap:anywhere}@media print{body{margin:0}}</style></head><body><main>
<h1>${escaped(text.title)}</h1><p>${escaped(issuer.name)} · ${when} UTC</p>
${allowed.length === 0 ? '<p>—</p>' : `<ul>${list}</ul>`}
<p>${text.short.map(escaped).join(' ')}</p>
<p><code>${escaped(decision.person)}</code><br><code>${decision.sha256}</code>${decision.textVersion === 0 ? '' : ` · v${decision.textVersion}`}</p>
</main></body></html>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
