import { z } from 'zod';
import { instantMsSchema } from './names.ts';

/** What `unica doctor` looks at, in the order in which one thing rests on the one before. */
export const CHECK_NAMES = [
  'program',
  'folder',
  'disk',
  'memory',
  'home',
  'key',
  'database',
  'journal',
  'objects',
  'vault',
  'port',
  'hub-name',
  'hub-connection',
  'hub-certificate',
  'hub-answer',
  'hub-membership',
  'hub-witness',
  'clock',
  'update',
  'dicom-listener',
  'dicom-certificate',
  'dicom-peer',
  'flower-certificate',
  'dossier',
  'sign-in',
] as const;
export type CheckName = (typeof CHECK_NAMES)[number];

/** Who can mend what was found. */
export const MENDERS = ['operator', 'it', 'coordinator', 'data-protection', 'helpdesk'] as const;
export type Mender = (typeof MENDERS)[number];

/** What one check came to. `note`: it works, and somebody should know. `skipped`: it rests on one that failed, or there is nothing to look at. */
export const findingSchema = z.strictObject({
  check: z.enum(CHECK_NAMES),
  state: z.enum(['good', 'note', 'bad', 'skipped']),
  /** Of the table of errors; null where all is well. */
  code: z.string().max(60).nullable(),
  /** What was found, in one or two sentences. */
  says: z.string().max(2000),
  /** The next step; null where there is none to take. */
  mend: z.string().max(2000).nullable(),
  mender: z.enum(MENDERS).nullable(),
  /** A page of the documentation. */
  more: z.string().max(200).nullable(),
});
export type Finding = z.infer<typeof findingSchema>;

/** All that was looked at in one go. */
export const checkupSchema = z.strictObject({
  house: z.enum(['node', 'hub']),
  /** Of the site or the hub; null before a node is enrolled. */
  name: z.string().max(120).nullable(),
  software: z.string().max(40),
  atMs: instantMsSchema,
  /** The worst of the findings. */
  state: z.enum(['good', 'note', 'bad']),
  findings: z.array(findingSchema).max(200),
  /** A text for the hospital's IT with all that only they can mend; null where there is nothing. */
  forIt: z.string().max(20_000).nullable(),
});
export type Checkup = z.infer<typeof checkupSchema>;
