import { writeFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { UnicaError } from '#base';
import { TARGET_MEASURES, TARGET_SCOPES, type TargetMeasure, type TargetScope, targetChangeSchema } from '#wire';
import type { CommandContext } from './command-context.ts';
import { oneOf, wholeNumber } from './option-values.ts';
import { type HubWhere, hubThatIsThere } from './site-commands.ts';

/** `hub progress`, `hub progress report`, `hub progress target`: how far a network has come, beside a running hub or without one. */
export function addProgressCommands(hub: Command, contextOf: () => CommandContext): void {
  const progress = hub
    .command('progress')
    .description('how far the network has come: samples, sites, targets, and who has to do something next')
    .option('--home <dir>', "the hub's data folder (default: .unica/hub)")
    .option('--database-url <url>', 'postgres://… where the hub uses one')
    .addHelpText('after', '\nExample:\n  unica hub progress --home /srv/unica-hub')
    .action(async (where: HubWhere) => {
      const { settings, terminal } = contextOf();
      const { hubProgress } = await import('#hub');
      const state = await hubProgress(await hubThatIsThere(where, settings));
      terminal.answer({ ...state }, () => {
        const { totals } = state;
        terminal.line(
          `${totals.studies} studies of ${totals.persons} persons, in ${totals.datasets} datasets at ${totals.sites} sites; ${totals.online} of ${totals.members} sites in contact.`,
        );
        if (totals.withheld > 0) terminal.line(`${totals.withheld} datasets told no number of studies.`);
        terminal.table(
          ['target', 'aimed at', 'reached', 'due'],
          state.targets.map(({ measure, scope, key, value, reached, dueOn }) => [
            scope === 'network' ? measure : `${measure}, ${scope} ${key}`,
            String(value),
            String(reached),
            dueOn ?? '–',
          ]),
        );
        terminal.table(
          ['site', 'country', 'health', 'tier', 'studies', 'step', 'days', 'whose turn'],
          state.sites.map((site) => {
            const step = state.joining.sites.find(({ siteId }) => siteId === site.siteId);
            return [
              site.siteId,
              site.country,
              site.health,
              String(site.tier),
              String(site.studies),
              step?.step ?? '–',
              String(step?.days ?? '–'),
              step?.turn ?? '–',
            ];
          }),
        );
      });
    });

  progress
    .command('report')
    .description('write the report for funders: figures, tables, and indicators with their sources')
    .option('--home <dir>', "the hub's data folder (default: .unica/hub)")
    .option('--database-url <url>', 'postgres://… where the hub uses one')
    .requiredOption('--out <file>', 'a file that ends in .pdf or .xlsx', reportFile)
    .addHelpText('after', '\nExample:\n  unica hub progress report --home /srv/unica-hub --out report.pdf')
    .action(async (_: unknown, command: { optsWithGlobals(): HubWhere & { readonly out: string } }) => {
      const { settings, terminal } = contextOf();
      const { out, ...where } = command.optsWithGlobals();
      const { hubProgress, progressPdf, progressWorkbook } = await import('#hub');
      const state = await hubProgress(await hubThatIsThere(where, settings));
      const bytes = isWorkbook(out) ? progressWorkbook(state) : progressPdf(state);
      await writeFile(out, bytes);
      terminal.answer({ file: out, bytes: bytes.length }, () => terminal.line(out));
    });

  progress
    .command('target')
    .description('set what the network aims at, or take it back; the journal keeps it')
    .option('--home <dir>', "the hub's data folder (default: .unica/hub)")
    .option('--database-url <url>', 'postgres://… where the hub uses one')
    .requiredOption('--measure <what>', TARGET_MEASURES.join(', '), oneOf(TARGET_MEASURES))
    .option('--scope <of>', 'network, or studies of a country, cancer or modality', oneOf(TARGET_SCOPES), 'network')
    .option('--key <code>', 'which country (ISO 3166-1), cancer (hyper-ontology) or modality (DICOM)', '')
    .option('--value <number>', 'absent: it is no longer aimed at', wholeNumber(1, 1_000_000_000))
    .option('--due <day>', 'by the end of this day, such as 2027-12-31')
    .requiredOption('--because <words>', 'why')
    .addHelpText(
      'after',
      '\nExample:\n  unica hub progress target --measure studies --value 100000 --because "grant agreement"',
    )
    .action(async (_: unknown, command: { optsWithGlobals(): TargetOptions }) => {
      const { settings, terminal } = contextOf();
      const { home, databaseUrl, measure, scope, key, value, due, because } = command.optsWithGlobals();
      const parsed = targetChangeSchema.safeParse({
        measure,
        scope,
        key,
        value: value ?? null,
        dueOn: due ?? null,
        because,
      });
      if (!parsed.success) {
        const [issue] = parsed.error.issues;
        throw new UnicaError('http.invalid-input', {
          where: issue?.path.join('.') ?? '',
          problem: issue?.message ?? '',
        });
      }
      const { setHubTarget } = await import('#hub');
      await setHubTarget(await hubThatIsThere({ home, databaseUrl }, settings), parsed.data);
      terminal.answer({ ...parsed.data }, () => terminal.line('It is in force from now on, and in the journal.'));
    });
}

function reportFile(path: string): string {
  if (isWorkbook(path) || extname(path).toLowerCase() === '.pdf') return path;
  throw new InvalidArgumentError('Give a file that ends in .pdf or .xlsx.');
}

function isWorkbook(path: string): boolean {
  return extname(path).toLowerCase() === '.xlsx';
}

interface TargetOptions extends HubWhere {
  readonly measure: TargetMeasure;
  readonly scope: TargetScope;
  readonly key: string;
  readonly value?: number;
  readonly due?: string;
  readonly because: string;
}
