import {
  algorithm,
  geometry,
  inLibrary,
  type Library,
  language,
  libraryItem,
  libraryOf,
  percentItem,
  performed,
  placedFindings,
  renderingIntent,
  resultSentences,
  summaryCode,
} from './cad-parts.ts';
import { type Code, dcm, groupCodes, sct } from './code.ts';
import { type Item, item, type Relationship } from './content-item.ts';
import { reportFile } from './document-modules.ts';
import type { FindingKind, ModelResult, ResultFinding, ResultImage } from './model-result.ts';

const SOP_CLASS = '1.2.840.10008.5.1.4.1.1.88.50';

const SIDES = { L: sct('80248007', 'Left breast'), R: sct('73056007', 'Right breast') } as const;

/** CID 6014. A mass is a density to the standard. */
const FINDINGS: Readonly<Partial<Record<FindingKind, Code>>> = {
  mass: sct('129793001', 'Mammography breast density'),
  calcifications: sct('129769006', 'Calcification Cluster'),
  distortion: sct('129792006', 'Architectural distortion of breast'),
};

/** A mammography result as Mammography CAD SR (TID 4000): a file. A refusal is one too, all of whose algorithms failed. */
export function mammographyCadSr(result: ModelResult): Uint8Array {
  const { outcome } = result;
  const library = libraryOf(result, SIDES);
  const density = outcome.kind === 'scored' ? outcome.density : undefined;
  const findings = placedFindings(result).flatMap(({ image, finding }) => {
    const code = FINDINGS[finding.kind];
    return code === undefined ? [] : [impression(singleImageFinding(result, library, code, image, finding))];
  });
  const composition = density === undefined ? [] : [impression(breastComposition(result, density.category))];
  const root = item('CONTAINS', dcm('111036', 'Mammography CAD Report'), { type: 'CONTAINER', template: 4000 }, [
    language(),
    libraryItem(library),
    item(
      'CONTAINS',
      dcm('111017', 'CAD Processing and Findings Summary'),
      { type: 'CODE', code: composition.length > 0 ? WITH_FINDINGS : summaryCode(result) },
      [...overall(result), ...findings, ...composition],
    ),
    performed(result, library, 'Detection', Object.values(FINDINGS)),
    performed(result, library, 'Analysis', analyses(density !== undefined)),
  ]);
  return reportFile(result, 'cad-sr', SOP_CLASS, root);
}

/** A breast composition is a single image finding to the standard. */
const WITH_FINDINGS = dcm('111242', 'All algorithms succeeded; with findings');

function analyses(withDensity: boolean): readonly Code[] {
  return [
    dcm('111234', 'Overall Impression/Recommendation Analysis'),
    ...(withDensity ? [sct('133890006', 'Breast composition analysis')] : []),
  ];
}

/** TID 4002 below TID 4001: what the model says of the whole examination. */
function overall(result: ModelResult): readonly Item[] {
  const { outcome } = result;
  const relationship: Relationship = 'HAS PROPERTIES';
  return [
    item(relationship, dcm('111033', 'Impression Description'), {
      type: 'TEXT',
      text: resultSentences(result).join(' '),
    }),
    ...algorithm(relationship, result),
    ...(outcome.kind === 'scored'
      ? [percentItem(dcm('111047', 'Probability of cancer'), outcome.score.value, relationship)]
      : []),
  ];
}

/** TID 4003 around one finding. */
function impression(finding: Item): Item {
  return item('INFERRED FROM', dcm('111034', 'Individual Impression/Recommendation'), { type: 'CONTAINER' }, [
    renderingIntent(),
    finding,
  ]);
}

/** TID 4006. */
function singleImageFinding(
  result: ModelResult,
  library: Library,
  code: Code,
  image: ResultImage,
  finding: ResultFinding,
): Item {
  return item('CONTAINS', dcm('111059', 'Single Image Finding'), { type: 'CODE', code }, [
    renderingIntent(),
    ...algorithm('HAS PROPERTIES', result),
    percentItem(dcm('111012', 'Certainty of Finding'), finding.probability),
    ...geometry(finding, inLibrary(library, image)),
  ]);
}

/** TID 4006 with TID 4007. */
function breastComposition(result: ModelResult, category: 'a' | 'b' | 'c' | 'd'): Item {
  const concept = sct('129715009', 'Breast composition');
  const code = densityCode(category);
  return item('CONTAINS', dcm('111059', 'Single Image Finding'), { type: 'CODE', code: concept }, [
    renderingIntent(),
    ...algorithm('HAS PROPERTIES', result),
    item('HAS PROPERTIES', concept, { type: 'CODE', code }),
  ]);
}

/** CID 6000, whose codes stand in the order of the categories. @throws RangeError for another category */
export function densityCode(category: 'a' | 'b' | 'c' | 'd'): Code {
  const code = groupCodes(6000)[['a', 'b', 'c', 'd'].indexOf(category)];
  if (code === undefined) throw new RangeError(`breast composition ${category}`);
  return code;
}
