import type { DataSet } from '#dicom';
import { tagOf } from '#vocab';

/** From where a projection was taken, and of which side. */
export interface ViewFacts {
  /** As in ViewPosition: CC, MLO, PA, …; undefined when neither it nor the code sequence says. */
  readonly view: string | undefined;
  readonly side: 'L' | 'R' | 'B' | undefined;
  /** Whether ViewPosition and ViewCodeSequence name different views. */
  readonly viewsDiffer: boolean;
  /** Attributes that name a side, when they do not agree. */
  readonly sidesConflict: readonly string[];
}

/** View codes of PS3.16 CID 4010 and 4014 (SNOMED CT) as the short names of ViewPosition. */
const VIEW_CODES: Readonly<Record<string, string>> = {
  '399162004': 'CC',
  '399368009': 'MLO',
  '399260004': 'ML',
  '399352003': 'LM',
  '399099002': 'LMO',
  '399196006': 'FB',
  '399188001': 'SIO',
  '441555000': 'ISO',
  '399192008': 'XCCL',
  '399101009': 'XCCM',
  '272479007': 'PA',
  '399348003': 'AP',
  '399173006': 'LL',
  '399198007': 'RL',
  '399067008': 'LAT',
};

/** The older SNOMED-RT codes in files made before 2019 are known by their meaning. */
const VIEW_MEANINGS: readonly (readonly [RegExp, string])[] = [
  [/exaggerated later/i, 'XCCL'],
  [/exaggerated medial/i, 'XCCM'],
  [/^cranio-?caudal/i, 'CC'],
  [/^caudo-?cranial/i, 'FB'],
  [/^medio-?lateral oblique/i, 'MLO'],
  [/^latero-?medial oblique/i, 'LMO'],
  [/^medi(o|al)-?\s?lateral/i, 'ML'],
  [/^later(o|al)-?\s?medial/i, 'LM'],
  [/^postero-?anterior$/i, 'PA'],
  [/^antero-?posterior$/i, 'AP'],
  [/^left lateral$/i, 'LL'],
  [/^right lateral$/i, 'RL'],
  [/^lateral$/i, 'LAT'],
];

const MAMMOGRAPHY_VIEWS: ReadonlySet<string> = new Set('CC MLO ML LM LMO FB SIO ISO XCCL XCCM XCC AT CV'.split(' '));
const CHEST_VIEWS: ReadonlySet<string> = new Set(
  'PA AP LL RL LAT LLD RLD LLO RLO LPO RPO LAO RAO SITTING SUPINE'.split(' '),
);

/** Whether a view is one of mammography; an XCCL is one, a PA is not. */
export function isMammographyView(view: string): boolean {
  return MAMMOGRAPHY_VIEWS.has(view);
}

/** Whether a view is one of the chest. */
export function isChestView(view: string): boolean {
  return CHEST_VIEWS.has(view);
}

/** What a header says of view and side. `RCC`, `L-MLO` in ViewPosition name both. */
export function viewOf(dataset: DataSet): ViewFacts {
  const said = (dataset.text(tagOf('ViewPosition')) ?? '').toUpperCase().replace(/[\s_-]/g, '');
  const joined = /^([LR])(CC|MLO|ML|LM|LMO)$/.exec(said);
  // LM and LMO begin with an L that is no side.
  const whole = isMammographyView(said) || isChestView(said) || joined === null;
  const position = whole ? said : (joined[2] ?? '');
  const coded = codedView(dataset);
  const sides: readonly (readonly [string, string | undefined])[] = [
    ['ImageLaterality', dataset.text(tagOf('ImageLaterality'))],
    ['Laterality', dataset.text(tagOf('Laterality'))],
    ['FrameLaterality', frameLaterality(dataset)],
    ['ViewPosition', whole ? undefined : joined[1]],
  ];
  const named = sides.flatMap(([name, text]) => {
    const side = sideOf(text);
    return side === undefined ? [] : [{ name, side }];
  });
  const oneSided = named.filter(({ side }) => side !== 'B');
  return {
    view: coded ?? (position === '' ? undefined : position),
    side: named[0]?.side,
    viewsDiffer: coded !== undefined && position !== '' && !isSameView(coded, position),
    sidesConflict: new Set(oneSided.map(({ side }) => side)).size > 1 ? oneSided.map(({ name }) => name) : [],
  };
}

function sideOf(text: string | undefined): ViewFacts['side'] {
  return text === 'L' || text === 'R' || text === 'B' ? text : undefined;
}

function codedView(dataset: DataSet): string | undefined {
  const [code] = dataset.items(tagOf('ViewCodeSequence'));
  if (code === undefined) return undefined;
  const known = VIEW_CODES[code.text(tagOf('CodeValue')) ?? ''];
  if (known !== undefined) return known;
  const meaning = code.text(tagOf('CodeMeaning')) ?? '';
  return VIEW_MEANINGS.find(([pattern]) => pattern.test(meaning))?.[1];
}

/** Lateral films are named loosely, and XCCL is written XCC where there is no code for it. */
function isSameView(one: string, other: string): boolean {
  const loose = (view: string): string =>
    ['LL', 'RL', 'LAT', 'LATERAL'].includes(view) ? 'LAT' : view.replace(/^XCC.*/, 'XCC');
  return loose(one) === loose(other);
}

/** Of tomosynthesis the side stands in the functional groups. */
function frameLaterality(dataset: DataSet): string | undefined {
  for (const groups of dataset.items(tagOf('SharedFunctionalGroupsSequence'))) {
    for (const anatomy of groups.items(tagOf('FrameAnatomySequence'))) {
      const side = anatomy.text(tagOf('FrameLaterality'));
      if (side !== undefined) return side;
    }
  }
  return undefined;
}
