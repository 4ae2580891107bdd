import { readFileSync } from 'node:fs';
import dataFactory from '@rdfjs/data-model';
import type { Quad } from '@rdfjs/types';
import { Parser } from 'n3';
import { type ValidationResult, Validator } from 'shacl-engine';
import { z } from 'zod';
import { UnicaError } from '#base';
import { JudgedShapes } from './judged-shapes.ts';
import { type PresentProperties, propertiesIn, pruneShapes, signatureOf } from './prune-shapes.ts';
import { keyOf, RecordGraph, SH } from './record-graph.ts';

/** The profiles that ship with the product, by the names that the command line takes. */
export const PROFILE_NAMES = ['healthdcat-r8', 'healthdcat-r5', 'eucaim-v2', 'dcat-ap-3'] as const;

/** One of {@link PROFILE_NAMES}. */
export type ProfileName = (typeof PROFILE_NAMES)[number];

const FOLDERS: Readonly<Record<ProfileName, string>> = {
  'healthdcat-r8': 'healthdcat-ap-r8',
  'healthdcat-r5': 'healthdcat-ap-r5',
  'eucaim-v2': 'eucaim-dcat-ap-2.0',
  'dcat-ap-3': 'dcat-ap-3.0.1',
};

const profileSchema = z.strictObject({
  name: z.enum(PROFILE_NAMES),
  title: z.string(),
  version: z.string(),
  source: z.string(),
  licence: z.string(),
  /** True where dct:identifier must be the record's own address. */
  identifierIsAddress: z.boolean().default(false),
  /** Files of shapes, relative to the profile; what a layer finds counts as a violation or as a warning at most. */
  layers: z.array(z.strictObject({ file: z.string(), counts: z.enum(['violation', 'warning']) })).min(1),
});

/** A version of an application profile as it ships: where it comes from and what it is made of. */
export type Profile = z.infer<typeof profileSchema>;

/** A layer of a profile, ready to look at records. */
export interface ProfileLayer {
  readonly counts: 'violation' | 'warning';
  readonly shapes: readonly Quad[];
  /** Which of them may have something to object. */
  readonly judged: JudgedShapes;
  /** What the engine says, by kind of record. */
  readonly engines: Map<string, LayerEngine>;
}

/** The engine with the shapes that matter to a kind of record. */
interface LayerEngine {
  readonly validator: Validator;
  /** The shapes that have targets: the engine would look for targets of all others as well, in every record. */
  readonly aimed: readonly Quad['subject'][];
}

/** Beside `src` and `dist` alike. */
const SHIPPED = new URL('../../profiles/', import.meta.url);

/** What a profile is: name, version, source, licence, layers. @throws UnicaError `shacl.unknown-profile`. */
export function profileOf(name: string): Profile {
  const known = PROFILE_NAMES.find((candidate) => candidate === name);
  if (known === undefined) {
    throw new UnicaError('shacl.unknown-profile', { name: name.slice(0, 40), known: PROFILE_NAMES.join(', ') });
  }
  const read = profiles.get(known) ?? readProfile(known);
  profiles.set(known, read);
  return read;
}

const profiles = new Map<ProfileName, Profile>();

function readProfile(name: ProfileName): Profile {
  return profileSchema.parse(JSON.parse(readFileSync(new URL('profile.json', folderOf(name)), 'utf8')));
}

const made = new Map<ProfileName, readonly ProfileLayer[]>();

/** Kinds of record whose shapes are kept ready; those of one product are of a few kinds. */
const KEPT_KINDS = 32;

/** The layers of a profile. They are kept apart: the shapes of a profile and of what it extends carry the same names. */
export function layersOf(profile: Profile): readonly ProfileLayer[] {
  const known = made.get(profile.name);
  if (known !== undefined) return known;
  const layers = profile.layers.map(({ file, counts }) => {
    const shapes = shapesOf(profile.name, file);
    return { counts, shapes, judged: new JudgedShapes(shapes), engines: new Map<string, LayerEngine>() };
  });
  made.set(profile.name, layers);
  return layers;
}

/** What a record says, as far as it decides which shapes can matter to it. */
export class RecordKind {
  readonly present: PresentProperties;
  readonly signature: string;

  constructor(record: readonly Quad[]) {
    this.present = propertiesIn(record);
    this.signature = signatureOf(this.present);
  }
}

/**
 * What the engine finds by those shapes of a layer that are doubted. Its shapes are built once for each kind of record:
 * building takes longer than looking at one.
 * @param doubted keys of shapes
 */
export async function foundByEngine(
  layer: ProfileLayer,
  {
    kind,
    dataset,
    doubted,
  }: { readonly kind: RecordKind; readonly dataset: RecordGraph; readonly doubted: ReadonlySet<string> },
): Promise<readonly ValidationResult[]> {
  const { validator, aimed } = engineOf(layer, kind);
  const asked = aimed.filter((shape) => doubted.has(keyOf(shape)));
  if (asked.length === 0) return [];
  const { results } = await validator.validate(
    { dataset },
    asked.map((term) => ({ terms: [term] })),
  );
  return results;
}

function engineOf(layer: ProfileLayer, { present, signature }: RecordKind): LayerEngine {
  const known = layer.engines.get(signature);
  if (known !== undefined) return known;
  const shapes = pruneShapes(layer.shapes, present);
  const engine = {
    aimed: aimedShapes(shapes, present),
    validator: new Validator(new RecordGraph(shapes), { factory: dataFactory, details: true }),
  };
  const [oldest] = layer.engines.keys();
  if (layer.engines.size >= KEPT_KINDS && oldest !== undefined) layer.engines.delete(oldest);
  layer.engines.set(signature, engine);
  return engine;
}

/** By sh:targetClass and its like, or a class that is its own shape; classes that the record has nothing of aside. */
function aimedShapes(shapes: readonly Quad[], present: PresentProperties): LayerEngine['aimed'] {
  const aimed = new Map<string, Quad['subject']>();
  for (const { subject, predicate, object } of shapes) {
    const hits =
      predicate.value === `${SH}targetClass` ? present.has(object.value) : predicate.value.startsWith(`${SH}target`);
    if (hits || object.value === 'http://www.w3.org/2000/01/rdf-schema#Class') aimed.set(subject.value, subject);
  }
  return [...aimed.values()];
}

const parsed = new Map<string, readonly Quad[]>();

/** The shapes of a layer as they ship. */
export function shapesOf(name: ProfileName, file: string): readonly Quad[] {
  const address = new URL(file, folderOf(name)).href;
  const known = parsed.get(address);
  if (known !== undefined) return known;
  const quads = new Parser({ factory: dataFactory }).parse(readFileSync(new URL(address), 'utf8'));
  parsed.set(address, quads);
  return quads;
}

function folderOf(name: ProfileName): URL {
  return new URL(`${FOLDERS[name]}/`, SHIPPED);
}
