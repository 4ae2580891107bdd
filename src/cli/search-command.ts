import { anyQuerySchema, type FacetTable, type GuardedCount, QUERY_FIELDS, searchViewSchema } from '#wire';
import type { AddCommand } from './command-context.ts';
import { readInput, readJsonInput } from './input-file.ts';
import { someOf, webAddress, wholeNumber } from './option-values.ts';

const EXAMPLE =
  'A question is JSON such as {"all":[{"is":"modality","in":["DX"]},{"is":"ageYears","from":50}]}, or the "ast" of the search form of Cancer Image Europe.';

/** `search QUERY.json` */
export const addSearchCommand: AddCommand = (program, contextOf) => {
  program
    .command('search')
    .description('count people across the network; each node withholds small counts')
    .argument('<query.json>', 'the question: ours, or the tree of the search form of Cancer Image Europe as it is')
    .requiredOption('--hub <url>', "the hub's address", webAddress)
    .requiredOption('--token-file <file>', 'a token of a researcher, from `unica hub token`')
    .option(
      '--facets <fields>',
      `tables of people by fields, with commas: ${QUERY_FIELDS.join(', ')}`,
      someOf(QUERY_FIELDS),
    )
    .option('--project <id>', 'what it is asked for: those of one project share one memory of answers')
    .option('--request <id>', 'exact counts, where this access request got a permit for them')
    .option('--wait <seconds>', 'how long to wait for slow nodes', wholeNumber(0, 3600), 30)
    .addHelpText(
      'after',
      `\nExample:\n  echo '{"is":"sex","in":["F"]}' > women.json\n  unica search women.json --hub http://127.0.0.1:7400 --token-file token.txt`,
    )
    .action(async (path: string, options: SearchOptions) => {
      const { terminal, signal } = contextOf();
      const query = await readJsonInput(path, anyQuerySchema, EXAMPLE);
      const { facets, project, request } = options;
      const token = new TextDecoder().decode(await readInput(options.tokenFile)).trim();
      const { HouseClient } = await import('#village');
      const hub = new HouseClient({ house: 'hub', url: options.hub, token, patienceMs: 0 });
      let view = await hub.post(
        '/api/searches',
        { query, facets, project, requestId: request } as never,
        searchViewSchema,
        signal,
      );
      const untilMs = Date.now() + options.wait * 1000;
      while (view.pending.length > 0 && Date.now() < untilMs) {
        terminal.live(`waiting for ${view.pending.join(', ')}`);
        view = await hub.get(`/api/searches/${view.id}?waitMs=1000`, searchViewSchema, signal);
      }
      terminal.answer(view, () => {
        terminal.table(
          ['node', 'people', 'studies', 'ms'],
          view.nodes.map(({ site, persons, studies, ms }) => [site, shown(persons), shown(studies), ms.toFixed(0)]),
        );
        terminal.line(`${view.total.persons} people, ${view.total.studies} studies, withheld counts not included`);
        for (const { field, cells } of view.facets ?? []) {
          terminal.table(
            [field, 'people', 'withheld at'],
            cells.map((cell) => [
              'value' in cell ? cell.value : `${cell.from ?? ''}–${cell.to ?? ''}`,
              String(cell.persons),
              `${cell.withheld} nodes`,
            ]),
          );
        }
        for (const { site, unsupported } of view.nodes) {
          if (unsupported !== undefined) terminal.line(`${site} knows nothing of ${unsupported.join(', ')}`);
        }
        for (const { site, because } of view.failed) terminal.line(`${site} did not answer: ${because}`);
        for (const site of view.pending) terminal.line(`${site} has not answered yet`);
      });
    });
};

function shown(count: GuardedCount): string {
  return 'count' in count ? String(count.count) : `< ${count.below}`;
}

interface SearchOptions {
  readonly hub: string;
  readonly tokenFile: string;
  readonly wait: number;
  readonly facets?: readonly FacetTable['field'][];
  readonly project?: string;
  readonly request?: string;
}
