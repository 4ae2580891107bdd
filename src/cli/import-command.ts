import { UnicaError } from '#base';
import type { LoadReport } from '#warehouse';
import type { AddCommand, CommandContext } from './command-context.ts';
import { withOptions } from './flat-settings.ts';
import { mustExist, readInput } from './input-file.ts';

/** `import PATH…` */
export const addImportCommand: AddCommand = (program, contextOf) => {
  program
    .command('import')
    .description('bring files, folders or zips into a node: de-identified on arrival, quarantined when in doubt')
    .argument('[path...]', 'DICOM files, folders, zips, discs with a DICOMDIR, or PNG films with a labels table')
    .option('--clinical <csv>', 'the clinical table that goes with them')
    .option(
      '--mapping <file>',
      'what the clinical table means: YAML from `unica mapping propose`, which fills the warehouse; or JSON that says which columns and words hold findings',
    )
    .option(
      '--layout <name>',
      'public set whose tables say whose pictures these are: auto, none, nih-chest-xray14, chexpert, vindr-mammo, cbis-ddsm, cmmd, inbreast, mini-mias, jsrt, rsna-pneumonia',
      'auto',
    )
    .option('--home <dir>', "the node's data folder (default: .unica/node)")
    .addHelpText(
      'after',
      '\nExample:\n  unica import /mnt/pacs-export --clinical registry.csv --mapping registry.yaml --home /srv/unica-node',
    )
    .action(async (paths: readonly string[], options: ImportOptions) => {
      const { settings, terminal, signal } = contextOf();
      const { clinical, mapping: mappingPath, layout, ...where } = options;
      await checkLayout(layout);
      for (const path of clinical === undefined ? paths : [...paths, clinical]) await mustExist(path);
      const mapping = mappingPath === undefined ? undefined : await readMapping(mappingPath);
      const isTable = mapping !== undefined && 'columns' in mapping;
      if (isTable && clinical === undefined) throw missing('--clinical', 'the mapping needs the table that it is of');
      if (paths.length === 0 && !isTable) throw missing('import', "missing required argument 'path'");
      const { importIntoNode, loadIntoNode, nodeConfig } = await import('#node');
      const config = nodeConfig(withOptions(settings, { ...where }));
      const load = async () =>
        isTable && clinical !== undefined
          ? await loadIntoNode(config, {
              table: clinical,
              mapping,
              onRows: (rows) => terminal.progress(`${rows} rows read`),
              signal,
            })
          : undefined;
      if (paths.length === 0) {
        tellLoad(terminal, await load());
        return;
      }
      const view = await importIntoNode(config, {
        paths,
        ...(clinical === undefined || isTable ? {} : { clinical }),
        ...(mapping === undefined || isTable ? {} : { mapping }),
        ...(layout === 'none' ? {} : { layout }),
        onProgress: ({ received, accepted }) => terminal.progress(`${received} files seen, ${accepted} taken in`),
        signal,
      });
      const loaded = await load();
      const { received, accepted, quarantined, rejected, duplicates, optedOut, seconds, state, because } = view;
      // Of very many the view lists the first by name.
      const rejectedTotal = received - accepted - quarantined - duplicates - optedOut;
      const answer = {
        ...{ received, accepted, quarantined, rejected, duplicates, opted_out: optedOut, seconds },
        rejected_total: rejectedTotal,
        ...(loaded === undefined ? {} : { clinical: clinicalAnswer(loaded) }),
      };
      terminal.answer(answer, () => {
        terminal.line(
          `${received} files: ${accepted} taken in, ${quarantined} quarantined, ${duplicates} already there, ${optedOut} of people who opted out, ${rejectedTotal} rejected (${seconds.toFixed(1)} s)`,
        );
        for (const { path, reason } of rejected) terminal.line(`  rejected ${path}: ${reason}`);
        if (loaded !== undefined) for (const line of linesOf(loaded)) terminal.line(line);
        if (rejectedTotal > rejected.length) terminal.line(`  … and ${rejectedTotal - rejected.length} more`);
      });
      if (state === 'failed') throw new UnicaError('cli.import-failed', { because: because ?? 'unknown reason' });
    });
};

/** A mapping of a table is YAML, and one of findings JSON. */
async function readMapping(path: string) {
  const text = new TextDecoder().decode(await readInput(path));
  if (!text.trimStart().startsWith('{')) {
    const { readMapping: readTableMapping } = await import('#mapping');
    return readTableMapping(text);
  }
  const { readClinicalMapping } = await import('#intake');
  return await readClinicalMapping(text);
}

function tellLoad(terminal: CommandContext['terminal'], loaded: LoadReport | undefined): void {
  if (loaded === undefined) return;
  terminal.answer({ clinical: clinicalAnswer(loaded) }, () => {
    for (const line of linesOf(loaded)) terminal.line(line);
  });
}

function clinicalAnswer({ rows, withoutPerson, problems, missingColumns, unmappedColumns, isKnown }: LoadReport) {
  return {
    rows,
    without_person: withoutPerson,
    problems: { ...problems },
    missing_columns: [...missingColumns],
    unmapped_columns: [...unmappedColumns],
    known: isKnown,
  };
}

function linesOf({ name, rows, withoutPerson, problems, missingColumns, unmappedColumns, isKnown }: LoadReport) {
  if (isKnown) return [`${name} was there already, with the same mapping.`];
  return [
    `${name}: ${rows} rows in the warehouse, ${withoutPerson} without a person.`,
    ...Object.entries(problems).map(([problem, count]) => `  ${count} × ${problem}`),
    ...(missingColumns.length > 0
      ? [`Columns of the mapping that the table does not have: ${missingColumns.join(', ')}`]
      : []),
    ...(unmappedColumns.length > 0 ? [`Columns that the mapping does not know: ${unmappedColumns.join(', ')}`] : []),
  ];
}

function missing(path: string, problem: string): UnicaError {
  return new UnicaError('cli.unreadable', { path, problem, hint: 'See unica import --help.' });
}

/** @throws UnicaError `cli.unreadable` for a layout that nobody knows */
async function checkLayout(layout: string): Promise<void> {
  const { PUBLIC_LAYOUTS } = await import('#intake');
  if (layout === 'auto' || layout === 'none' || PUBLIC_LAYOUTS.includes(layout)) return;
  throw missing('--layout', `${layout} is not one of auto, none, ${PUBLIC_LAYOUTS.join(', ')}`);
}

interface ImportOptions {
  readonly clinical?: string;
  readonly mapping?: string;
  readonly layout: string;
  readonly home?: string;
}
