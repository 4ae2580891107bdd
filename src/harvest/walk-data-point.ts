import type { Quad } from '@rdfjs/types';
import { asUnicaError, sha256Hex, UnicaError, utf8 } from '#base';
import type { HarvestProblem } from '#wire';
import { about, describes, isOf, linked } from './links.ts';
import { textsOf } from './record-summary.ts';
import { IRI, POINT_TYPES, TO_CATALOGUES, TO_DATASETS, TO_DISTRIBUTIONS } from './vocabulary.ts';

/** How much of a data point is read in one visit. */
export interface WalkLimits {
  readonly documents: number;
  /** Of all documents together. */
  readonly bytes: number;
  readonly records: number;
  /** Of one record. */
  readonly statements: number;
  /** That one record describes, the dataset itself, its distributions, agents and variables among them: each is held against every shape. */
  readonly things: number;
  /** Catalogues within catalogues. */
  readonly depth: number;
  readonly distributions: number;
}

/** A document that was read. */
export interface ReadDocument {
  /** Where it came from in the end. */
  readonly address: string;
  readonly quads: readonly Quad[];
  readonly sha256: string;
  readonly bytes: number;
}

/** What is met on the way, in its order. */
export type WalkEvent =
  | { readonly kind: 'point'; readonly title: string }
  | {
      readonly kind: 'record';
      readonly iri: string;
      readonly quads: readonly Quad[];
      readonly sha256: string;
      /** False where a part of it could not be read this time. */
      readonly isWhole: boolean;
    }
  /** A record that the catalogue names and that could not be read this time: nothing is known of it anew. */
  | { readonly kind: 'unread'; readonly iri: string }
  | { readonly kind: 'problem'; readonly problem: HarvestProblem; readonly asUnica: UnicaError }
  | {
      readonly kind: 'end' /** True where everything that the source names was looked at. */;
      readonly isWhole: boolean;
    };

/** A catalogue, the records beside it and their distributions: what may be asked for again at once. */
const RECENT_DOCUMENTS = 8;

/**
 * Walks a FAIR Data Point from its root along catalogues, datasets and distributions (specification 1.2), each address once, and tells
 * what it finds. Only addresses at the hosts of the data point itself are read; a catalogue's own address will do as a root.
 * @param read gives the statements of an address; what it throws is told as a problem, and the walk goes on
 */
export async function* walkDataPoint(
  root: string,
  {
    read,
    limits,
    signal,
  }: {
    readonly read: (address: string) => Promise<ReadDocument>;
    readonly limits: WalkLimits;
    readonly signal: AbortSignal;
  },
): AsyncGenerator<WalkEvent> {
  // A data point behind a proxy often writes http: into its addresses; it is asked where it was found to answer.
  const isSafe = /^https:/i.test(root);
  const recent = new Map<string, ReadDocument | UnicaError>();
  let documents = 0;
  let bytes = 0;
  let isWhole = true;

  /** A document, asked for once while others that are near it are; what was read long ago is not held. */
  async function documentAt(iri: string): Promise<ReadDocument | UnicaError> {
    const address = isSafe ? withoutFragment(iri).replace(/^http:/i, 'https:') : withoutFragment(iri);
    const known = recent.get(address);
    recent.delete(address);
    const found = known ?? (await newDocument(address));
    recent.set(address, found);
    const [oldest] = recent.keys();
    if (recent.size > RECENT_DOCUMENTS && oldest !== undefined) recent.delete(oldest);
    return found;
  }

  async function newDocument(address: string): Promise<ReadDocument | UnicaError> {
    signal.throwIfAborted();
    const limit =
      beyond(documents >= limits.documents, limits.documents, 'documents') ??
      beyond(bytes >= limits.bytes, limits.bytes, 'bytes');
    if (limit !== undefined) return limit;
    documents += 1;
    const found = await read(address).catch((thrown: unknown) => asUnicaError(thrown));
    // A visit that ends is no fault of the document that was being read.
    signal.throwIfAborted();
    if (!(found instanceof UnicaError)) bytes += found.bytes;
    return found;
  }

  function beyond(isBeyond: boolean, limit: number, what: string): UnicaError | undefined {
    return isBeyond ? new UnicaError('harvest.limit', { address: root, limit, what }) : undefined;
  }

  const first = await documentAt(root);
  if (first instanceof UnicaError) {
    yield problem(root, first);
    return yield { kind: 'end', isWhole: false };
  }
  const point = pointIn(first.quads) ?? root;
  const hosts = new Set([root, first.address, point].flatMap((address) => hostOf(address) ?? []));
  const isHere = (iri: string) => hosts.has(hostOf(iri) ?? '');
  yield { kind: 'point', title: textsOf(first.quads, point, IRI.title)[0] ?? root };

  const open: { readonly iri: string; readonly depth: number }[] = [];
  // Each catalogue that was ever met, so that none is waited for twice, and never more of them than documents are read.
  const catalogues = new Set<string>();
  let isTooMany = false;
  const meet = (iri: string, depth: number) => {
    if (catalogues.has(iri)) return;
    isTooMany ||= catalogues.size >= limits.documents;
    if (isTooMany || depth > limits.depth) {
      isWhole = false;
      return;
    }
    catalogues.add(iri);
    open.push({ iri, depth });
  };
  if (linked(first.quads, TO_DATASETS).length > 0) meet(root, 1);
  for (const iri of linked(first.quads, TO_CATALOGUES)) meet(iri, 1);
  if (open.length === 0) {
    yield problem(root, new UnicaError('harvest.no-catalogue', { address: root }));
    return yield { kind: 'end', isWhole: false };
  }
  const records = new Set<string>();
  for (let at = open.shift(); at !== undefined; at = open.shift()) {
    const catalogue = isHere(at.iri) ? await documentAt(at.iri) : elsewhere(at.iri);
    if (catalogue instanceof UnicaError) {
      yield problem(at.iri, catalogue);
      // A catalogue that is gone holds no record any more; of another that cannot be read nothing is known.
      if (catalogue.code !== 'harvest.gone') isWhole = false;
      continue;
    }
    for (const iri of linked(catalogue.quads, TO_CATALOGUES)) meet(iri, at.depth + 1);
    for (const iri of linked(catalogue.quads, TO_DATASETS)) {
      if (records.has(iri)) continue;
      const limit = beyond(records.size >= limits.records, limits.records, 'records');
      if (limit !== undefined) {
        yield problem(root, limit);
        return yield { kind: 'end', isWhole: false };
      }
      records.add(iri);
      yield* recordAt(iri, catalogue);
    }
  }
  const limit = beyond(isTooMany, limits.documents, 'catalogues');
  if (limit !== undefined) yield problem(root, limit);
  yield { kind: 'end', isWhole };

  async function* recordAt(iri: string, catalogue: ReadDocument): AsyncGenerator<WalkEvent> {
    const told = isHere(iri) ? await documentAt(iri) : elsewhere(iri);
    const isInCatalogue = describes(catalogue.quads, iri);
    const source =
      told instanceof UnicaError || !describes(told.quads, iri) ? (isInCatalogue ? catalogue : told) : told;
    if (source instanceof UnicaError) {
      yield problem(iri, source);
      // What the source says is gone, and what it never described, is no record; anything else may be there again the next time.
      if (source.code !== 'harvest.gone' && source.code !== 'harvest.elsewhere') yield { kind: 'unread', iri };
      return;
    }
    const dataset = about(source.quads, iri);
    if (!isOf(dataset, iri, IRI.dataset)) {
      yield problem(iri, new UnicaError('harvest.no-dataset', { address: iri }));
      return;
    }
    const tooMuch = beyondRecord(iri, dataset, limits);
    if (tooMuch !== undefined) {
      yield problem(iri, tooMuch);
      return yield { kind: 'unread', iri };
    }
    let quads = dataset;
    const parts = new Map([[withoutFragment(source === catalogue ? catalogue.address : iri), source.sha256]]);
    let isRecordWhole = true;
    const distributions = linked(dataset, TO_DISTRIBUTIONS).filter((one) => !describes(dataset, one));
    for (const one of distributions.slice(0, limits.distributions)) {
      if (!isHere(one)) continue;
      const part = await documentAt(one);
      if (part instanceof UnicaError) {
        yield problem(one, part);
        if (part.code !== 'harvest.gone') isRecordWhole = false;
        continue;
      }
      quads = [...quads, ...about(part.quads, one)];
      const tooMuchNow = beyondRecord(iri, quads, limits);
      if (tooMuchNow !== undefined) {
        yield problem(iri, tooMuchNow);
        return yield { kind: 'unread', iri };
      }
      parts.set(withoutFragment(one), part.sha256);
    }
    yield { kind: 'record', iri, quads, sha256: digestOf(parts), isWhole: isRecordWhole };
  }
}

/** Why a record is not held against the profiles: it would keep the hub from everything else for as long as its writer likes. */
function beyondRecord(iri: string, quads: readonly Quad[], limits: WalkLimits): UnicaError | undefined {
  const beyond = (limit: number, what: string) => new UnicaError('harvest.limit', { address: iri, limit, what });
  if (quads.length > limits.statements) return beyond(limits.statements, 'statements');
  const things = new Set(quads.map(({ subject }) => subject.value));
  return things.size > limits.things ? beyond(limits.things, 'things described') : undefined;
}

function problem(address: string, failure: UnicaError): WalkEvent {
  const { code, sentence } = failure;
  return {
    kind: 'problem',
    problem: { address: address.slice(0, 2000), code, problem: sentence.slice(0, 500) },
    asUnica: failure,
  };
}

function elsewhere(iri: string): UnicaError {
  return new UnicaError('harvest.elsewhere', { address: iri.slice(0, 300) });
}

/** What a document says is the data point. */
function pointIn(quads: readonly Quad[]): string | undefined {
  return quads.find(({ predicate, object }) => predicate.value === IRI.type && POINT_TYPES.has(object.value))?.subject
    .value;
}

/** With its port; what is not of the web has none. */
function hostOf(address: string): string | undefined {
  return /^https?:/i.test(address) && URL.canParse(address) ? new URL(address).host : undefined;
}

function withoutFragment(iri: string): string {
  return iri.replace(/#.*$/s, '');
}

/** Of one document as it came; of several that of their list, in the form that sha256sum writes, by address. */
function digestOf(parts: ReadonlyMap<string, string>): string {
  const [only] = parts.values();
  if (parts.size === 1 && only !== undefined) return only;
  const lines = [...parts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([address, sha256]) => `${sha256}  ${address}\n`);
  return sha256Hex(utf8(lines.join('')));
}
