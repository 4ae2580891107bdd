import {
  algorithm,
  geometry,
  inLibrary,
  language,
  libraryItem,
  libraryOf,
  percentItem,
  performed,
  placedFindings,
  renderingIntent,
  summaryCode,
} from './cad-parts.ts';
import { type Code, dcm, sct } from './code.ts';
import { item } from './content-item.ts';
import { reportFile } from './document-modules.ts';
import type { ModelResult } from './model-result.ts';

const SOP_CLASS = '1.2.840.10008.5.1.4.1.1.88.65';

const SIDES = { L: sct('7771000', 'Left'), R: sct('24028007', 'Right') } as const;

const NODULE = sct('27925004', 'Nodule');

/**
 * A chest result as Chest CAD SR (TID 4100): a file. The template has no place for the score of the whole film nor for
 * the reason of a refusal: they stand in the measurement report that comes with it.
 */
export function chestCadSr(result: ModelResult): Uint8Array {
  const library = libraryOf(result, SIDES);
  const findings = placedFindings(result).map(({ image, finding }) =>
    item(
      'INFERRED FROM',
      dcm('111059', 'Single Image Finding'),
      { type: 'CODE', code: dcm('112033', 'Abnormal opacity') },
      [
        item('HAS CONCEPT MOD', dcm('112024', 'Single Image Finding Modifier'), {
          type: 'CODE',
          code: modifier(finding.kind),
        }),
        renderingIntent(),
        ...algorithm('HAS OBS CONTEXT', result),
        percentItem(dcm('111012', 'Certainty of Finding'), finding.probability),
        ...geometry(finding, inLibrary(library, image)),
      ],
    ),
  );
  const root = item('CONTAINS', dcm('112000', 'Chest CAD Report'), { type: 'CONTAINER', template: 4100 }, [
    language(),
    libraryItem(library),
    item(
      'CONTAINS',
      dcm('111017', 'CAD Processing and Findings Summary'),
      { type: 'CODE', code: summaryCode(result) },
      findings,
    ),
    performed(result, library, 'Detection', [NODULE]),
    performed(result, library, 'Analysis', []),
  ]);
  return reportFile(result, 'cad-sr', SOP_CLASS, root);
}

/** CID 6104. */
function modifier(kind: string): Code {
  return kind === 'nodule' ? NODULE : kind === 'mass' ? sct('4147007', 'Mass') : dcm('112001', 'Opacity');
}
