import { canonicalJson, sha256Hex } from '#base';
import type { DataSet } from '#dicom';
import { tagOf } from '#vocab';
import { filmInputs } from './film-inputs.ts';

/** A film and the digest of what a model is given of it. */
export interface GivenFilm {
  readonly dataset: DataSet;
  readonly inputsSha256: string;
}

/** What a model was told of a person beside the films. */
export interface Told {
  /** Covariates by name. */
  readonly facts?: Readonly<Record<string, number | null | undefined>> | undefined;
  /** Whose calibration was asked for. */
  readonly siteId?: string | undefined;
}

/** Whose films they are, and what tells the age. */
const PERSON = ['PatientID', 'IssuerOfPatientID', 'PatientAge', 'PatientBirthDate', 'StudyDate'] as const;

/** A film with its digest. */
export function givenFilm<Film extends { readonly dataset: DataSet }>(file: Film): GivenFilm & { readonly file: Film } {
  return { file, dataset: file.dataset, inputsSha256: filmInputs(file) };
}

/**
 * Digest, in hex, of all that a result comes of beside the model: whose films, which, what is in them, and what was told. In any
 * order of the films. @note It stays with objects of a hospital: it knows the person's number.
 */
export function resultInputs(films: readonly GivenFilm[], told: Told = {}): string {
  const [first] = films;
  const person = PERSON.map((keyword) => first?.dataset.text(tagOf(keyword))?.trim() ?? '');
  const read = films.map(({ dataset, inputsSha256 }) => `${dataset.text(SOP_INSTANCE) ?? ''} ${inputsSha256}`).sort();
  const facts = Object.fromEntries(Object.entries(told.facts ?? {}).filter(([, value]) => value != null));
  return sha256Hex(canonicalJson({ person, films: read, facts, site: told.siteId ?? null }));
}

const SOP_INSTANCE = 0x00080018;
