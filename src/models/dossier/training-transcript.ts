import { type DossierSource, isSynthetic, runsOf } from './dossier-source.ts';
import {
  type Block,
  type DossierDocument,
  heading,
  list,
  notice,
  type Reference,
  type Span,
  table,
  text,
  told,
} from './dossier-text.ts';
import { dataWords } from './model-card.ts';
import type { RunRecord } from './run-record.ts';

/** What was learned from, under which consent and budget, in which rounds and with which versions. */
export function trainingTranscript(source: DossierSource): DossierDocument {
  const runs = runsOf(source, 'training');
  return {
    name: 'training-transcript',
    title: 'Training transcript',
    frontMatter: null,
    blocks: [
      heading(1, 'Training transcript'),
      ...(isSynthetic(source) ? [notice('No person was involved: everything that it learned from was made.')] : []),
      ...(runs.length === 0
        ? [text('No record of the training was kept for this version. What measured it stands in the model card.')]
        : runs.flatMap(([name, run]) => ofTraining(name, run))),
      heading(2, 'Consent and opt-outs'),
      text(
        isSynthetic(source)
          ? 'None had to be asked for and none could be taken back: the examples are of no person.'
          : 'Each site trained over people whom its ledgers of opt-outs and consents allowed at that moment, sealed as a cohort; the digests of these snapshots stand with each site above. An opt-out takes effect before the next round.',
      ),
      heading(2, 'Privacy ledger'),
      text(
        isSynthetic(source)
          ? 'Nothing was spent: training without noise, on no person.'
          : 'What noise was added and what it cost stands among the settings above; each node keeps its own ledger of what was spent.',
      ),
    ],
  };
}

function ofTraining(name: string, run: RunRecord): readonly Block[] {
  const settings = Object.keys(run.settings);
  return [
    heading(2, told(name, '/title')),
    table(
      ['what', 'value'],
      [
        ['made again by', told(name, '/command')],
        ['ran on', run.environment === null ? 'not kept' : told(name, '/environment')],
        ['SHA-256 of the code', run.codeSha256 === null ? 'not kept' : told(name, '/codeSha256')],
        ['SHA-256 of the weights', told(name, '/weightsSha256')],
      ],
    ),
    heading(3, 'Data'),
    table(
      ['data', 'sites', 'seed', 'SHA-256'],
      run.data.map((one, index): readonly Span[] => [
        dataWords(name, run, index),
        one.sites.flatMap(
          (_, site): Span => [...(site === 0 ? [] : [', ']), told(name, `/data/${index}/sites/${site}`)],
        ),
        one.seed === null ? ['none'] : [told(name, `/data/${index}/seed`)],
        one.sha256 === null ? ['not kept'] : [told(name, `/data/${index}/sha256`)],
      ]),
    ),
    heading(3, 'Settings'),
    table(
      ['setting', 'value'],
      settings.map((key) => [
        [key],
        [{ run: name, at: `/settings/${pointer(key)}`, form: 'text', digits: 0 } satisfies Reference],
      ]),
    ),
    ...run.tables.flatMap(({ columns, rows }, at): readonly Block[] => [
      heading(3, told(name, `/tables/${at}/title`)),
      table(
        columns.map(({ head }) => head),
        rows.map((row, place) =>
          row.map(
            (_, column): Reference => ({
              run: name,
              at: `/tables/${at}/rows/${place}/${column}`,
              form: columns[column]?.form ?? 'text',
              digits: columns[column]?.digits ?? 0,
            }),
          ),
        ),
      ),
    ]),
    ...(run.notes.length === 0 ? [] : [list(run.notes.map((_, index) => [told(name, `/notes/${index}`)]))]),
  ];
}

function pointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
