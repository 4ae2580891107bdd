import { z } from 'zod';
import { siteIdSchema } from './names.ts';

/** What a node owes to others of Cancer Image Europe, in the words the portal translates. */
export const CONTRACTS = ['beam', 'mediator', 'catalogue', 'sign-in', 'journal'] as const;

/** What is tried of each contract. */
export const CONTRACT_CHECKS = [
  'beam-answers',
  'beam-packing',
  'beam-language',
  'beam-retries',
  'beam-key',
  'beam-proxy-reached',
  'beam-proxy-key',
  'mediator-token',
  'mediator-answer',
  'mediator-not-json',
  'mediator-no-query',
  'catalogue-eucaim',
  'catalogue-release-8',
  'catalogue-fdp',
  'sign-in-flow',
  'sign-in-issuer',
  'journal-whole',
  'journal-change',
  'journal-trace',
] as const;

/** One thing that was tried. */
export const contractLineSchema = z.strictObject({
  contract: z.enum(CONTRACTS),
  check: z.enum(CONTRACT_CHECKS),
  /** A stand-in of ours, something of the node itself, or the real endpoint of another. */
  against: z.enum(['stand-in', 'own', 'real']),
  outcome: z.enum(['passed', 'failed', 'not-tried']),
  /** What was found, or why it was not tried, in English as in a log: never an identifier of a person. */
  says: z.string().max(500),
});
export type ContractLine = z.infer<typeof contractLineSchema>;

/** `POST /api/conformance` (operator): tries every contract now. */
export const conformanceReportSchema = z.strictObject({
  /** 2: the text that is signed begins with what it is. 1: it was signed bare; such certificates are still read. */
  format: z.union([z.literal(1), z.literal(2)]),
  siteId: siteIdSchema,
  software: z.string().max(40),
  madeAtMs: z.number().int(),
  lines: z.array(contractLineSchema).max(100),
});
export type ConformanceReport = z.infer<typeof conformanceReportSchema>;

/** The report under the signature of the node over what it is and its canonical JSON. */
export const conformanceCertificateSchema = z.strictObject({
  report: conformanceReportSchema,
  publicKey: z.string().max(100),
  signature: z.string().max(200),
});
export type ConformanceCertificate = z.infer<typeof conformanceCertificateSchema>;
