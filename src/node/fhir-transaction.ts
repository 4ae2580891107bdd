import { z } from 'zod';
import { type Json, UnicaError } from '#base';

const identifierSchema = z.looseObject({ system: z.string().optional(), value: z.string().optional() });

const documentSchema = z.looseObject({
  resourceType: z.literal('Bundle'),
  type: z.literal('document'),
  entry: z
    .array(
      z.looseObject({ fullUrl: z.string(), resource: z.looseObject({ resourceType: z.string(), id: z.string() }) }),
    )
    .min(1)
    .max(500),
});

/** A request of a transaction. */
interface TransactionEntry {
  readonly fullUrl: string;
  readonly resource: { readonly [name: string]: Json };
  readonly request: { readonly method: 'POST' | 'PUT'; readonly url: string; readonly ifNoneExist?: string };
}

/** Resources of R4 without an identifier of their own: made under the id that they have, so that twice is once. */
const WITHOUT_IDENTIFIER: ReadonlySet<string> = new Set(['Provenance']);

/** Identifiers of R4 of which a resource has one, not a list. */
const WITH_ONE: ReadonlySet<string> = new Set(['Composition']);

/** Whose numbers of patients a document has. */
export interface NumbersOf {
  /** System of the patient's number at the server, where the owner knows it. */
  readonly patientSystem: string | null;
  /** Names the node as no other node is named. */
  readonly house: string;
}

/**
 * A document as a transaction: each resource is created unless one of its identifier is there. A resource without one gets the
 * address that it has in the document, which is the same each time. Where nobody said what system a patient's number is of, it is of
 * this node alone: hospitals count from 1, and may share a server.
 * @throws UnicaError `clinic.no-document`
 */
export function transactionOf(document: unknown, { patientSystem, house }: NumbersOf) {
  const read = documentSchema.safeParse(document);
  if (!read.success) throw new UnicaError('clinic.no-document');
  const entry = read.data.entry.map(({ fullUrl, resource }): TransactionEntry => {
    const { id, ...rest } = resource;
    const { resourceType } = resource;
    if (WITHOUT_IDENTIFIER.has(resourceType))
      return {
        fullUrl,
        resource: { ...rest, id } as { readonly [name: string]: Json },
        request: { method: 'PUT', url: `${resourceType}/${id}` },
      };
    const own = identifiersOf(rest['identifier']);
    const known = own.find(({ value }) => value !== undefined) ?? { system: 'urn:ietf:rfc:3986', value: fullUrl };
    const isNumber = resourceType === 'Patient' && own.some(({ value }) => value !== undefined);
    const identifier = isNumber ? { ...known, system: patientSystem ?? ownSystem(house, known.system) } : known;
    return {
      fullUrl,
      resource: {
        ...rest,
        identifier: WITH_ONE.has(resourceType) ? identifier : [identifier],
      } as { readonly [name: string]: Json },
      request: {
        method: 'POST',
        url: resourceType,
        ifNoneExist: `identifier=${encodeURIComponent(`${told(identifier.system)}|${told(identifier.value)}`)}`,
      },
    };
  });
  return { resourceType: 'Bundle', type: 'transaction', entry } as const;
}

/** The system of the numbers that a node knows, by their issuer where its images name one. */
function ownSystem(house: string, issued = ''): string {
  const issuer = ISSUED.exec(issued)?.[1] ?? '';
  return `urn:unica:house:${encodeURIComponent(house)}:patient${issuer === '' ? '' : `:${issuer}`}`;
}

/** As documents of results name the issuer of a number. */
const ISSUED = /^urn:unica:issuer:(.+)$/;

/**
 * As a search tells a value (R4 search.html#escaping): a comma in a patient's number would else ask for either of two numbers,
 * and find somebody else.
 */
function told(text = ''): string {
  return text.replaceAll(/[\\,|$]/g, '\\$&');
}

function identifiersOf(value: unknown): readonly z.infer<typeof identifierSchema>[] {
  const read = z.union([z.array(identifierSchema), identifierSchema]).safeParse(value);
  if (!read.success) return [];
  return Array.isArray(read.data) ? read.data : [read.data];
}
