import { anyQuerySchema, type FacetTable, type GuardedCount, QUERY_FIELDS } from '#wire';
import type { AddCommand } from './command-context.ts';
import { readJsonInput } from './input-file.ts';
import { someOf, webAddress, wholeNumber } from './option-values.ts';
import { type SearchWay, searchAnswer, tellFacet, tellMissing } from './search-answer.ts';

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
      const context = contextOf();
      const { terminal } = context;
      const query = await readJsonInput(path, anyQuerySchema, EXAMPLE);
      const { facets, project, request: requestId } = options;
      const view = await searchAnswer({ query, facets, project, requestId }, options, context);
      terminal.answer(view, () => {
        terminal.table(
          ['node', 'people', 'studies', 'ms'],
          view.nodes.map(({ site, persons, studies, ms }) => [site, shown(persons), shown(studies), ms.toFixed(0)]),
        );
        terminal.line(`${view.total.persons} people, ${view.total.studies} studies, withheld counts not included`);
        for (const facet of view.facets ?? []) tellFacet(facet, terminal);
        for (const { site, unsupported } of view.nodes) {
          if (unsupported !== undefined) terminal.line(`${site} knows nothing of ${unsupported.join(', ')}`);
        }
        tellMissing(view, terminal);
      });
    });
};

function shown(count: GuardedCount): string {
  return 'count' in count ? String(count.count) : `< ${count.below}`;
}

interface SearchOptions extends SearchWay {
  readonly facets?: readonly FacetTable['field'][];
  readonly project?: string;
  readonly request?: string;
}
