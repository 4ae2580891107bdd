import { readFileSync } from 'node:fs';
import { DataFactory, Parser, type Quad, Store } from 'n3';
import { Validator } from 'shacl-engine';
import { z } from 'zod';
import { UnicaError } from '#base';

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

/** Shapes ready to look at records. */
export interface ProfileLayer {
  readonly counts: 'violation' | 'warning';
  readonly validator: Validator;
}

/** Beside `src` and `dist` alike. */
const SHIPPED = new URL('../../profiles/', import.meta.url);

/** What a profile is: name, version, source, licence, layers. @throws UnicaError `shacl.unknown-profile`. */
export function profileOf(name: string): Profile {
  const known = PROFILE_NAMES.find((candidate) => candidate === name);
  if (known === undefined) {
    throw new UnicaError('shacl.unknown-profile', { name: name.slice(0, 40), known: PROFILE_NAMES.join(', ') });
  }
  return profileSchema.parse(JSON.parse(readFileSync(new URL('profile.json', folderOf(known)), 'utf8')));
}

/** The shapes of a layer as they ship. */
export function shapesOf(name: ProfileName, file: string): readonly Quad[] {
  return new Parser({ blankNodePrefix: '' }).parse(readFileSync(new URL(file, folderOf(name)), 'utf8'));
}

const made = new Map<ProfileName, readonly ProfileLayer[]>();

/** The layers of a profile, built once in a process: building takes longer than looking at a record. */
export function layersOf(profile: Profile): readonly ProfileLayer[] {
  const known = made.get(profile.name);
  if (known !== undefined) return known;
  // Layers are kept apart: the shapes of a profile and of what it extends carry the same names.
  const layers = profile.layers.map(({ file, counts }) => ({
    counts,
    validator: new Validator(new Store([...shapesOf(profile.name, file)]), { factory: DataFactory, details: true }),
  }));
  made.set(profile.name, layers);
  return layers;
}

function folderOf(name: ProfileName): URL {
  return new URL(`${FOLDERS[name]}/`, SHIPPED);
}
