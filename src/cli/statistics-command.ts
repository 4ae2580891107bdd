import { anyQuerySchema, NUMBER_FIELDS, type NumberField } from '#wire';
import type { AddCommand, CommandContext } from './command-context.ts';
import { readJsonInput } from './input-file.ts';
import { someOf, webAddress, wholeNumber } from './option-values.ts';
import { type SearchWay, searchAnswer, tellFacet, tellMissing } from './search-answer.ts';

const EXAMPLE = 'A question is JSON such as {"all":[{"is":"sex","in":["F"]}]}; everyone is {"all":[]}.';

/** `learn statistics QUERY.json` */
export const addStatisticsCommand: AddCommand = (program, contextOf) => {
  const learn =
    program.commands.find((command) => command.name() === 'learn') ??
    program.command('learn').description('federated learning');
  learn
    .command('statistics')
    .description('mean, spread, quartiles and histogram of clinical numbers across the network')
    .argument('<query.json>', 'on whom')
    .requiredOption('--hub <url>', "the hub's address", webAddress)
    .requiredOption('--token-file <file>', 'a token of a researcher, from `unica hub token`')
    .option('--fields <fields>', `with commas: ${NUMBER_FIELDS.join(', ')}`, someOf(NUMBER_FIELDS), ['ageYears'])
    .option('--wait <seconds>', 'how long to wait for slow nodes', wholeNumber(0, 3600), 30)
    .addHelpText(
      'after',
      `\nEvery node answers under its own rules: noise, small cells kept back, a budget of questions.\n\nExample:\n  echo '{"all":[]}' > everyone.json\n  unica learn statistics everyone.json --fields ageYears,psa --hub http://127.0.0.1:7400 --token-file token.txt`,
    )
    .action(async (path: string, options: StatisticsOptions) => await statistics(path, options, contextOf()));
};

async function statistics(path: string, options: StatisticsOptions, context: CommandContext) {
  const query = await readJsonInput(path, anyQuerySchema, EXAMPLE);
  const view = await searchAnswer({ query, facets: options.fields }, options, context);
  const { terminal } = context;
  const { id, facets = [], pending, failed } = view;
  terminal.answer({ id, facets, pending, failed }, () => {
    for (const facet of facets) {
      tellFacet(facet, terminal);
      const { field, statistics: told } = facet;
      if (told === undefined) {
        terminal.line(`${field}: nobody was disclosed`);
        continue;
      }
      const { persons, mean, meanWithin, standardDeviation, quartiles, isOpen } = told;
      terminal.line(
        `${field}: ${persons} people, mean ${mean.toFixed(2)} ± ${meanWithin.toFixed(2)}, standard deviation ${standardDeviation.toFixed(2)}`,
      );
      for (const { share, from, to, likelyFrom, likelyTo } of quartiles) {
        terminal.line(
          `  ${100 * share} % below ${from ?? ''}–${to ?? ''}, in 95 of 100 answers ${likelyFrom ?? ''}–${likelyTo ?? ''}`,
        );
      }
      if (isOpen) terminal.line('  people of open bins count at the closed end');
    }
    tellMissing(view, terminal);
  });
}

interface StatisticsOptions extends SearchWay {
  readonly fields: readonly NumberField[];
}
