import { type DossierSource, isSynthetic, runsOf } from './dossier-source.ts';
import {
  type Block,
  counted,
  type DossierDocument,
  figureSpan,
  heading,
  list,
  notice,
  type Reference,
  type Span,
  table,
  text,
  told,
} from './dossier-text.ts';
import type { RunFigure, RunRecord } from './run-record.ts';

/** The model card, with the front matter that catalogues of models read (Hugging Face). */
export function modelCard(source: DossierSource): DossierDocument {
  const { subject, version, weightsSha256 } = source;
  const measured = runsOf(source, 'evaluation');
  return {
    name: 'README',
    title: 'Model card',
    frontMatter: frontMatter(source),
    blocks: [
      heading(1, `Model card: ${subject.title}`),
      notice('Research use only, not a medical device.'),
      ...(isSynthetic(source)
        ? [notice('Learned from and measured on made data alone. Nothing here says anything about real people.')]
        : []),
      text(subject.summary),
      table(
        ['what', 'value'],
        [
          ['version', version],
          ['SHA-256 of the weights', weightsSha256],
          ['built as', subject.modelType],
          ['reads', subject.inputs],
          ['answers', subject.outputs],
        ],
      ),
      heading(2, 'Intended use'),
      text(subject.intendedUse),
      list([`For: ${subject.users}`, `About: ${subject.population}`, `How: ${subject.howToUse}`]),
      heading(2, 'Not for'),
      list(subject.outOfScope),
      heading(2, 'Risks and limits'),
      list(subject.risks),
      heading(2, 'How good it is'),
      ...(measured.length === 0
        ? [text('No run measured it yet.')]
        : measured.flatMap(([name, run]) => ofRun(name, run))),
      heading(2, 'Sites and subgroups'),
      ...groupBlocks(measured),
      heading(2, 'Known biases'),
      list(subject.biases),
      heading(2, 'Films it does not know'),
      text(subject.gates),
      ...runsOf(source, 'gate').flatMap(([name, run]) => ofRun(name, run)),
      heading(2, 'Explanations'),
      text(subject.explanations),
      ...runsOf(source, 'explanations').flatMap(([name, run]) => ofRun(name, run)),
      heading(2, 'Runs behind the figures'),
      text(
        'Every figure above is a field of one of these records, which lie beside this card. Their digests stand in manifest.json, and unica model verify compares all of it.',
      ),
      table(
        ['record', 'what', 'made again by'],
        [...source.runs].map(([name]) => [`runs/${name}.json`, told(name, '/title'), told(name, '/command')]),
      ),
    ],
  };
}

/** Figures, goals, tables and notes of a run. */
function ofRun(name: string, run: RunRecord): readonly Block[] {
  const goals = run.figures.flatMap((figure, index) => (figure.goal === undefined ? [] : [{ figure, index }]));
  return [
    heading(3, told(name, '/title')),
    ...(run.data.length === 0 ? [] : [list(run.data.map((_, index) => dataWords(name, run, index)))]),
    ...(run.figures.length === 0
      ? []
      : [
          table(
            ['figure', 'found (95 % interval)'],
            run.figures.map((figure, index) => [
              [told(name, `/figures/${index}/label`)],
              figureSpan(name, `/figures/${index}`, figure),
            ]),
          ),
        ]),
    ...(goals.length === 0
      ? []
      : [
          table(
            ['goal of the design', 'found', 'reached'],
            goals.map(({ figure, index }) => [
              [told(name, `/figures/${index}/goal`)],
              figureSpan(name, `/figures/${index}`, figure),
              [figure.isReached === true ? 'yes' : 'no'],
            ]),
          ),
        ]),
    ...run.tables.flatMap(({ columns, rows }, at): readonly Block[] => [
      text(told(name, `/tables/${at}/title`)),
      table(
        columns.map(({ head }) => head),
        rows.map((row, place) =>
          row.map((_, column) => {
            const { form = 'text', digits = 0 } = columns[column] ?? {};
            return { run: name, at: `/tables/${at}/rows/${place}/${column}`, form, digits } satisfies Reference;
          }),
        ),
      ),
    ]),
    ...(run.notes.length === 0 ? [] : [list(run.notes.map((_, index) => [told(name, `/notes/${index}`)]))]),
  ];
}

/** Data of a run in one line. */
export function dataWords(name: string, run: RunRecord, index: number): Span {
  const one = run.data[index];
  const part = { train: 'To learn from', tune: 'To calibrate', test: 'To measure' }[one?.part ?? 'test'];
  return [
    `${part}: `,
    told(name, `/data/${index}/what`),
    ', ',
    counted(name, `/data/${index}/examples`),
    ' examples',
    ...(one?.people == null ? [] : [' of ', counted(name, `/data/${index}/people`), ' people']),
  ];
}

function groupBlocks(measured: readonly (readonly [string, RunRecord])[]): readonly Block[] {
  const blocks = measured.flatMap(([name, run]): readonly Block[] => {
    if (run.groups.length === 0) return [];
    const [whole] = run.groups.flatMap(({ figures }) => figures ?? []);
    if (whole === undefined) return [];
    const heads = run.groups.find(({ figures }) => figures !== null)?.figures?.map(({ label }) => label) ?? [];
    const overall = run.figures.findIndex(({ id }) => id === whole.id);
    return [
      heading(3, told(name, '/title')),
      {
        kind: 'intervals',
        title: [`${whole.label}, groups of at least 20 people`],
        ...(overall < 0 ? {} : { beside: reference(name, `/figures/${overall}/value`, whole) }),
        marks: run.groups.flatMap(({ figures }, index) => {
          const [first] = figures ?? [];
          if (first === undefined || first.value === null) return [];
          const at = `/groups/${index}/figures/0`;
          const ends =
            first.low == null || first.high == null
              ? {}
              : { low: reference(name, `${at}/low`, first), high: reference(name, `${at}/high`, first) };
          return [
            {
              label: [told(name, `/groups/${index}/by`), ': ', told(name, `/groups/${index}/group`)],
              value: reference(name, `${at}/value`, first),
              ...ends,
            },
          ];
        }),
      },
      table(
        ['by', 'group', 'people', 'examples', ...heads],
        run.groups.map(({ figures, people, examples }, index): readonly Span[] => [
          [told(name, `/groups/${index}/by`)],
          [told(name, `/groups/${index}/group`)],
          figures === null ? ['withheld'] : people === null ? ['not told'] : [counted(name, `/groups/${index}/people`)],
          examples === null ? [''] : [counted(name, `/groups/${index}/examples`)],
          ...(figures === null
            ? heads.map((): Span => [''])
            : figures.map((figure, at) => figureSpan(name, `/groups/${index}/figures/${at}`, figure))),
        ]),
      ),
    ];
  });
  const rule = text(
    'Groups of fewer than 20 people are withheld; where only one would be, the next smallest too, or the rest would tell it.',
  );
  if (blocks.length > 0) return [rule, ...blocks];
  const isWithheld = measured.some(([, { groups }]) => groups.length > 0);
  return [text(isWithheld ? 'All groups have fewer than 20 people and are withheld.' : 'No run measured groups.')];
}

function reference(run: string, at: string, { form, digits }: RunFigure): Reference {
  return { run, at, form, digits };
}

/** Fields of model cards on Hugging Face, with the figures as a model index. */
function frontMatter(source: DossierSource): Span {
  const { subject } = source;
  const synthetic = isSynthetic(source) ? ['synthetic-data'] : [];
  const lines: Span[] = [
    // What others trained is theirs to license.
    [`license: ${isSynthetic(source) ? 'eupl-1.2' : 'unknown'}`],
    ['library_name: onnx'],
    [`pipeline_tag: ${subject.pipelineTag}`],
    [`tags: [${[...subject.tags, ...synthetic, 'research-use-only'].join(', ')}]`],
  ];
  const results = runsOf(source, 'evaluation').flatMap(([name, run]): readonly Span[] => {
    const figures = run.figures.flatMap((figure, index) => (figure.value === null ? [] : [{ figure, index }]));
    if (figures.length === 0) return [];
    return [
      ['      - task:'],
      [`          type: ${subject.pipelineTag}`],
      ['        dataset:'],
      [`          type: ${name}`],
      ['          name: "', told(name, '/title'), '"'],
      ['        metrics:'],
      ...figures.flatMap(({ figure, index }): readonly Span[] => [
        [`          - type: ${figure.id}`],
        ['            name: "', told(name, `/figures/${index}/label`), '"'],
        [
          '            value: ',
          { run: name, at: `/figures/${index}/value`, form: 'number', digits: figure.digits + 2 },
        ],
      ]),
    ];
  });
  const index: readonly Span[] =
    results.length === 0 ? [] : [['model-index:'], [`  - name: ${subject.name}`], ['    results:'], ...results];
  return [...lines, ...index].flatMap((line, place) => (place === 0 ? line : ['\n', ...line]));
}
