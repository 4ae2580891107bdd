import { SeededRandom } from '#base';
import { type Standing, streamCohort } from '#consent';
import type { Searchable, SearchSource } from '#search';

/** The dataset of the samples. */
export const DATASET = 'chest-films';
/** Samples of one person. */
export const SAMPLES_OF_ONE = 4;
/** Of the samples. */
export const MODALITIES = ['DX', 'CR', 'CT', 'MR', 'MG'];
const MAKERS = ['SIEMENS', 'GE MEDICAL SYSTEMS', 'Philips', 'FUJIFILM', 'HOLOGIC, Inc.', 'Agfa'];
const FINDINGS = ['Mass', 'Nodule', 'Effusion', 'Opacity'];

/** Samples of invented people, four of each, the same for the same number. */
export function manySamples(samples: number, site: number, standing: Standing): SearchSource {
  function* rows(): Generator<Searchable> {
    const random = new SeededRandom(`bench/${site}`);
    for (let sample = 0; sample < samples; sample += SAMPLES_OF_ONE) {
      const person = `p${String(sample).padStart(9, '0')}`;
      const sex = random.below(2) === 0 ? 'F' : 'M';
      const ageYears = 30 + random.below(60);
      const findings = random.below(3) === 0 ? [FINDINGS[random.below(FINDINGS.length)] ?? ''] : [];
      for (let of = 0; of < SAMPLES_OF_ONE; of += 1) {
        yield {
          person,
          studyInstanceUid: `${person}.${of >> 1}`,
          modality: MODALITIES[(random.below(4) + of) % MODALITIES.length] ?? null,
          bodyPart: 'CHEST',
          manufacturer: MAKERS[random.below(MAKERS.length)] ?? null,
          sex,
          ageYears,
          studyYear: 2005 + random.below(20),
          findings,
        };
      }
    }
  }
  return {
    revision: async () => 'v1',
    draw: async () => streamCohort({ dataset: DATASET, dataVersion: 'v1', members: rows(), standing }),
  };
}
