import type { Command } from 'commander';
import { publishDatasetSchema } from '#wire';
import type { CommandContext } from './command-context.ts';
import { mustExist, readInput, readJsonInput } from './input-file.ts';
import { webAddress } from './option-values.ts';
import { DESCRIPTION_EXAMPLE, linesOfStanding } from './standing-lines.ts';

/** `dataset guide NAME` */
export function addDatasetGuide(dataset: Command, contextOf: () => CommandContext): void {
  dataset
    .command('guide')
    .description(
      'from images and spreadsheets to a record in the catalogue, in one run: bring in, map, load, describe, check by both profiles, publish',
    )
    .argument('<name>', 'a dataset of the node')
    .requiredOption('--node <url>', "the running node's address", webAddress)
    .requiredOption('--token-file <file>', 'a token of a curator, from `unica node token`')
    .requiredOption('--description <file>', 'JSON with what only a person knows: at most twelve fields')
    .option('--images <path...>', 'folders, files or zips that the node can read', [])
    .option('--table <file...>', 'clinical tables (CSV, XLSX, FHIR)', [])
    .option(
      '--mapping <file...>',
      'their mappings (YAML), in the same order; without, what the node proposes is taken and the rest left out',
      [],
    )
    .option('--publish', 'publish the record where EUCAIM would take it; without, it is only shown')
    .addHelpText(
      'after',
      '\nExample:\n  unica dataset guide chest-films --node http://127.0.0.1:7401 --token-file token.txt --images /mnt/pacs-export --table registry.csv --description films.json --publish',
    )
    .action(async (name: string, options: GuideOptions) => {
      const { terminal, signal } = contextOf();
      for (const path of options.table) await mustExist(path);
      const announcement = await readJsonInput(options.description, publishDatasetSchema, DESCRIPTION_EXAMPLE);
      const mappings = await Promise.all(options.mapping.map(async (path) => textOf(await readInput(path))));
      const token = textOf(await readInput(options.tokenFile)).trim();
      const { guidedRun, HouseClient } = await import('#village');
      const node = new HouseClient({ house: 'node', url: options.node, token, patienceMs: 0 });
      const report = await guidedRun(
        node,
        {
          name,
          images: options.images,
          tables: options.table.map((path, at) => ({ path, mapping: mappings[at] })),
          announcement,
          publish: options.publish === true,
        },
        (line) => terminal.progress(line),
        signal,
      );
      terminal.answer(report as never, () => {
        const { images, tables, standing, published } = report;
        terminal.line(
          `${images.received} files: ${images.accepted} taken in, ${images.quarantined} wait for somebody to look at them`,
        );
        for (const { name: table, effect, rows, undecided } of tables) {
          const { mapped, leftOut } = effect.columns;
          terminal.line(`${table}: ${rows} rows, ${mapped} columns mapped, ${leftOut} left out`);
          if (undecided.length > 0) terminal.line(`  nobody decided about: ${undecided.join(', ')}`);
          for (const [problem, count] of Object.entries(effect.problems)) terminal.line(`  ${count} × ${problem}`);
        }
        for (const line of linesOfStanding(standing)) terminal.line(line);
        terminal.line(published ? 'Published.' : 'Not published.');
      });
    });
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

interface GuideOptions {
  readonly node: string;
  readonly tokenFile: string;
  readonly description: string;
  readonly images: readonly string[];
  readonly table: readonly string[];
  readonly mapping: readonly string[];
  readonly publish?: boolean;
}
