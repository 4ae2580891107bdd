import { z } from 'zod';

/** A node's name in the network: short, lower case, stable; part of every pseudonym. */
export const siteIdSchema = z
  .string()
  .regex(/^[a-z][a-z0-9-]{1,31}$/, 'lower-case letters, digits and dashes, at most 32');

/** ISO 3166-1 alpha-2. */
export const countrySchema = z.string().regex(/^[A-Z]{2}$/, 'two capital letters, ISO 3166-1');

/** SHA-256, hexadecimal. */
export const digestSchema = z.string().regex(/^[0-9a-f]{64}$/, '64 hexadecimal digits');

/** Ids made by hub or node: a prefix, a dash, random letters and digits. */
export const idSchema = z.string().regex(/^[a-z]+-[0-9a-z]{8,40}$/, 'an id such as job-3f9a…');

/** A dataset's name at its site. */
export const datasetNameSchema = z.string().regex(/^[a-z0-9][a-z0-9-]{1,63}$/, 'lower-case letters, digits and dashes');

/** Milliseconds since the epoch. */
export const instantMsSchema = z.number().int().nonnegative();
