import type { Instance } from './archive.ts';

/** The archive's row of a film that was never made, for tests and games: one study of one film. */
export function madeFilm(
  place: string,
  parts: Pick<Instance, 'person' | 'sex' | 'import_id'>,
): Omit<Instance, 'imported_at_ms'> {
  return {
    ...{ sop_instance_uid: `1.${place}`, series_instance_uid: `2.${place}`, study_instance_uid: `3.${place}` },
    ...{ blob_sha256: '0'.repeat(64), size_bytes: 1, pixel_sha256: null, quality: '[]' },
    ...{ modality: 'DX', body_part: 'CHEST', manufacturer: null, age_years: 60, study_year: 2024 },
    ...{ ...parts, source_sha256: parts.person },
  };
}
