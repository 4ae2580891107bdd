import type { Quad } from '@rdfjs/types';
import type { ForeignRecord } from '#wire';
import { linked } from './links.ts';
import { IRI, TO_DISTRIBUTIONS } from './vocabulary.ts';

/** What a list of records shows of one. */
export type RecordSummary = Pick<
  ForeignRecord,
  'title' | 'description' | 'publisher' | 'page' | 'keywords' | 'licence' | 'accessRights' | 'distributions'
>;

const ACCESS = {
  PUBLIC: 'public',
  RESTRICTED: 'restricted',
  NON_PUBLIC: 'non-public',
} as const satisfies Readonly<Record<string, ForeignRecord['accessRights']>>;

/**
 * The words of a record for people, cut to their limits; what a stranger wrote is text and nothing else, and only addresses of the web are
 * links.
 * @param otherwise where people are sent when the record names no page of its own
 */
export function summaryOf(quads: readonly Quad[], iri: string, otherwise: string): RecordSummary {
  const valuesOf = (property: string) =>
    quads
      .filter((quad) => quad.subject.value === iri && quad.predicate.value === property)
      .map(({ object }) => object.value);
  const textOf = (property: string) => textsOf(quads, iri, property)[0];
  const [publisher] = valuesOf(IRI.publisher);
  const pages = [...valuesOf(IRI.landingPage), ...valuesOf(IRI.page), iri, otherwise];
  const rights = valuesOf(IRI.accessRights).map((value) => value.split(/[/#]/).at(-1) ?? '');
  const right = Object.entries(ACCESS).find(([name]) => rights.includes(name));
  return {
    title: cut(textOf(IRI.title) ?? textOf(IRI.label) ?? iri, 300),
    description: cut(textOf(IRI.description) ?? '', 2000),
    publisher: cut(publisher === undefined ? '' : (textsOf(quads, publisher, IRI.name)[0] ?? publisher), 300),
    page: pages.find(isWebAddress) ?? otherwise,
    keywords: [...new Set(textsOf(quads, iri, IRI.keyword).map((word) => cut(word, 100)))].slice(0, 20),
    licence: cut(valuesOf(IRI.licence)[0] ?? '', 300),
    accessRights: right?.[1] ?? null,
    distributions: linked(quads, TO_DISTRIBUTIONS).length,
  };
}

/** Texts of a property, those in English first. */
export function textsOf(quads: readonly Quad[], iri: string, property: string): readonly string[] {
  const texts = quads.flatMap(({ subject, predicate, object }) =>
    subject.value === iri && predicate.value === property && object.termType === 'Literal' ? [object] : [],
  );
  const isEnglish = ({ language }: { readonly language: string }) => /^en\b/i.test(language);
  const ordered = [...texts.filter(isEnglish), ...texts.filter((text) => !isEnglish(text))];
  return ordered.map(({ value }) => plain(value));
}

function isWebAddress(text: string): boolean {
  return text.length <= 2000 && /^https?:\/\/[^\s<>"]+$/i.test(text) && URL.canParse(text);
}

/** Without what no page and no database takes: control characters, and halves of characters. */
function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cs}\p{Bidi_Control}]+/gu, ' ').trim();
}

function cut(text: string, length: number): string {
  const own = plain(text);
  return own.length <= length ? own : `${plain(own.slice(0, length - 1))}…`;
}
