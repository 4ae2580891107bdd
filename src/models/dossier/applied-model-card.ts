import { type DossierSource, isSynthetic, runsOf } from './dossier-source.ts';
import { figureSpan, shownValue, spanText } from './dossier-text.ts';
import type { RunFigure } from './run-record.ts';

type Element = readonly [name: string, content: string | readonly Element[]];

/**
 * The Applied Model Card of the Coalition for Health AI as XML, in the elements and order of its schema
 * (https://mc.chai.org/v0.2/schema.xsd).
 */
export function appliedModelCard(source: DossierSource): string {
  const { subject, version, weightsSha256 } = source;
  const made = isSynthetic(source);
  const measured = runsOf(source, 'evaluation');
  const results = measured.flatMap(([name, run]) =>
    run.figures.map((figure, index) =>
      result(`${run.title}: ${figure.label}`, source, name, `/figures/${index}`, figure),
    ),
  );
  const groups = measured.flatMap(([name, run]) =>
    run.groups.flatMap(({ by, group, figures }, index) =>
      (figures ?? []).map((figure, at) =>
        result(`${by} ${group}: ${figure.label}`, source, name, `/groups/${index}/figures/${at}`, figure),
      ),
    ),
  );
  const calibration = results.filter(({ label }) => /calibration|expected\/observed|coverage/i.test(label));
  const tested = measured.flatMap(([, run]) =>
    run.data.filter(({ part }) => part === 'test').map(({ what, examples }) => `${what}, ${examples} examples`),
  );
  const metric = (goal: string, found: readonly Result[], meaning: string): readonly Element[] => [
    ['MetricGoal', goal],
    [
      'Results',
      (found.length === 0 ? [{ label: 'not measured', valueJson: 'null' }] : found).map(
        ({ label, valueJson }) =>
          [
            'MetricResult',
            [
              ['Label', label],
              ['ValueJson', valueJson],
            ],
          ] as const,
      ),
    ],
    ['Interpretation', meaning],
    [
      'TestType',
      made
        ? 'Measured on made data, held apart by person.'
        : 'Measured at the sites that took part, on data held apart by person.',
    ],
    ['TestingDataDescription', tested.length === 0 ? 'None.' : tested.join('; ')],
    ['ValidationProcessAndJustification', subject.whyTheseFigures],
  ];
  const card: Element = [
    'AppliedModelCard',
    [
      [
        'BasicInfo',
        [
          ['ModelName', subject.title],
          ['ModelDeveloper', made ? 'UNICA' : 'The sites that the training transcript names'],
          ['DeveloperContact', 'The helpdesk of the network that runs the hub'],
        ],
      ],
      [
        'ReleaseInfo',
        [
          ['ReleaseStage', 'Research use only, not a medical device'],
          ['ReleaseDate', 'Not released for use'],
          ['ReleaseVersion', `${version} (weights ${weightsSha256})`],
          ['GlobalAvailability', 'Where a network or this program offers it, for research'],
          ['RegulatoryApproval', 'None'],
        ],
      ],
      [
        'ModelSummary',
        [
          ['Summary', subject.summary],
          ['Keywords', subject.tags.map((tag) => ['Keyword', tag] as const)],
        ],
      ],
      [
        'UsesAndDirections',
        [
          ['IntendedUseAndWorkflow', subject.intendedUse],
          ['PrimaryIntendedUsers', subject.users],
          ['HowToUse', subject.howToUse],
          ['TargetedPatientPopulation', subject.population],
          ['CautionedOutOfScopeSettings', subject.outOfScope.join(' ')],
        ],
      ],
      [
        'Warnings',
        [
          ['KnownRisksAndLimitations', subject.risks.join(' ')],
          ['KnownBiasesOrEthicalConsiderations', subject.biases.join(' ')],
          ['ClinicalRiskLevel', 'Not assessed. No decision about a person may rest on it.'],
        ],
      ],
      [
        'TrustIngredients',
        [
          [
            'AISystemFacts',
            [
              ['OutcomesAndOutputs', subject.outputs],
              ['ModelType', subject.modelType],
              ['InputDataSource', subject.inputs],
              ['OutputAndInputDataTypes', 'DICOM images in; numbers, DICOM objects and FHIR documents out'],
              ['DevelopmentDataCharacterization', dataOf(source)],
              ['BiasMitigationApproaches', 'Figures of groups with intervals; recalibration at sites'],
              [
                'OngoingMaintenance',
                'A change of weights, preprocessing, gate or calibration is a new version with its own dossier.',
              ],
              ['Security', 'Every part is held to a digest; one changed byte is refused.'],
              [
                'Transparency',
                'Every figure is bound to the record of its run; unica model verify compares all of it.',
              ],
            ],
          ],
          [
            'TransparencyInformation',
            [
              ['FundingSource', 'Not recorded with the model'],
              ['StakeholdersConsulted', 'None recorded with the model'],
            ],
          ],
        ],
      ],
      [
        'KeyMetrics',
        [
          [
            'UsefulnessUsabilityEfficacy',
            metric(
              'To tell those with the finding from those without',
              results,
              'With its 95 % intervals; goals that were missed are named in the model card. No claim about use in the clinic follows.',
            ),
          ],
          [
            'FairnessEquity',
            metric(
              'The same for all groups and sites',
              groups,
              'Intervals of groups that overlap do not show that groups are alike. Groups of fewer than 20 people are withheld.',
            ),
          ],
          [
            'SafetyReliability',
            metric(
              'Numbers that may be taken at their word, and no score without a look at the film',
              calibration,
              subject.gates,
            ),
          ],
        ],
      ],
      [
        'Resources',
        [
          ['EvaluationReferences', [...source.runs.keys()].map((name) => `runs/${name}.json`).join(' ')],
          ['PeerReviewedPublications', 'None'],
          [
            'PatientConsentOrDisclosure',
            made
              ? 'No person was involved.'
              : 'By the legal basis of each site; opt-outs take effect before the next round.',
          ],
        ],
      ],
      ['Bibliography', ''],
    ],
  ];
  return `<?xml version="1.0" encoding="UTF-8"?>\n${written(card, ' xmlns="https://mc.chai.org/v0.2/schema.xsd"', '')}\n`;
}

interface Result {
  readonly label: string;
  readonly valueJson: string;
}

function result(label: string, { runs }: DossierSource, run: string, at: string, figure: RunFigure): Result {
  const value = shownValue({ run, at: `${at}/value`, form: figure.form, digits: figure.digits }, runs);
  return { label, valueJson: JSON.stringify({ value, shown: spanText(figureSpan(run, at, figure), runs) }) };
}

function dataOf(source: DossierSource): string {
  const data = runsOf(source, 'training').flatMap(([, run]) => run.data.filter(({ part }) => part === 'train'));
  if (data.length === 0) return 'See the training transcript.';
  return data.map(({ what, examples, sites }) => `${what}: ${examples} examples of ${sites.length} sites`).join('; ');
}

function written([name, content]: Element, attributes: string, indent: string): string {
  if (typeof content === 'string') return `${indent}<${name}${attributes}>${escaped(content)}</${name}>`;
  return `${indent}<${name}${attributes}>\n${content.map((child) => written(child, '', `${indent}  `)).join('\n')}\n${indent}</${name}>`;
}

function escaped(words: string): string {
  return words.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
