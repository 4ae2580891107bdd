import { z } from 'zod';
import { concatBytes, UnicaError } from '#base';
import { route } from '#http';
import { deidentificationSampleSchema } from '#wire';
import { SAMPLE_LIMIT_BYTES, type SampleDesk } from './sample-desk.ts';

/** Who answers for the data sees what may identify people. */
const DECIDERS = ['curator', 'protection-officer'] as const;

const frameOf = z.strictObject({ frame: z.coerce.number().int().min(0).max(1_000_000).default(0) });

/** What de-identification makes of a file, for the eye only. */
export function deidentificationRoutes({ sampleDesk }: { readonly sampleDesk: SampleDesk }) {
  return [
    route({
      method: 'POST',
      path: '/api/deidentification-sample',
      access: DECIDERS,
      summary: 'What de-identification makes of a DICOM file, the body, element by element; nothing of it is stored',
      query: frameOf,
      bodyAs: 'stream',
      bodyLimitBytes: SAMPLE_LIMIT_BYTES,
      reply: deidentificationSampleSchema,
      async handle({ query, bodyStream, caller }) {
        const pieces: Uint8Array[] = [];
        for await (const piece of bodyStream) pieces.push(piece);
        const bytes = concatBytes(pieces);
        if (bytes.length === 0) throw new UnicaError('dicom.not-dicom');
        return await sampleDesk.look({ bytes, frame: query.frame }, caller.actor);
      },
    }),
    route({
      method: 'POST',
      path: '/api/deidentification-sample/synthetic',
      access: DECIDERS,
      summary: 'What de-identification makes of a film of nobody, made up here',
      reply: deidentificationSampleSchema,
      handle: async ({ caller }) => await sampleDesk.look({ bytes: undefined, frame: 0 }, caller.actor),
    }),
  ];
}
