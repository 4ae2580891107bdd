import { InvalidArgumentError } from 'commander';
import type { Accountant, PlanGoal } from '#privacy';
import type { AddCommand, CommandContext } from './command-context.ts';
import { oneOf, wholeNumber } from './option-values.ts';

const ACCOUNTANTS = ['rdp', 'pld'] as const;
const GOALS = ['noise', 'rounds', 'batch'] as const;

/** `privacy epsilon`, `privacy plan`: what training with noise costs; no data is needed. */
export const addPrivacyCommands: AddCommand = (program, contextOf) => {
  const privacy = program
    .command('privacy')
    .description('what training with differential privacy costs, and how to plan it');

  privacy
    .command('epsilon')
    .description('the ε of so many steps of DP-SGD with Poisson sampling, for adding or removing one record')
    .requiredOption('--noise <number>', 'standard deviation of the noise in multiples of the clip norm', plainNumber)
    .requiredOption(
      '--sample-rate <number>',
      'probability of a record to be in a step: batch over records',
      plainNumber,
    )
    .requiredOption('--steps <number>', 'steps of the optimiser, all rounds together', plainNumber)
    .requiredOption('--delta <number>', 'well below 1 over the number of records, such as 1e-5', plainNumber)
    .option('--accountant <name>', `${ACCOUNTANTS.join(', ')}: pld is tighter and slower`, oneOf(ACCOUNTANTS), 'rdp')
    .addHelpText(
      'after',
      '\nExample:\n  unica privacy epsilon --noise 1.1 --sample-rate 0.01 --steps 5000 --delta 1e-5 --json',
    )
    .action(async (options: EpsilonOptions) => {
      const { terminal } = contextOf();
      const { trainingCost } = await import('#privacy');
      const { noise: noiseMultiplier, sampleRate, steps, delta, accountant } = options;
      const { epsilon, order } = trainingCost([{ noiseMultiplier, sampleRate, steps }], delta, accountant);
      terminal.answer({ epsilon, delta, order }, () =>
        terminal.line(`ε = ${shown(epsilon)} at δ = ${delta}${order === null ? '' : ` (Rényi order ${order})`}`),
      );
    });

  privacy
    .command('plan')
    .description('the least noise, the most rounds or the largest batch that stays within an ε')
    .requiredOption('--epsilon <number>', 'the most that may be spent', plainNumber)
    .requiredOption('--delta <number>', 'well below 1 over the number of films', plainNumber)
    .requiredOption('--films <number>', 'films that are learned from at the smallest site', wholeNumber(1, 1e9))
    .option('--find <what>', GOALS.join(', '), oneOf(GOALS), 'noise')
    .option('--rounds <number>', 'rounds of the job (not with --find rounds)', wholeNumber(1, 100_000))
    .option('--batch <number>', 'films in a step (not with --find batch)', wholeNumber(1, 65_536))
    .option('--noise <number>', 'noise multiplier (not with --find noise)', plainNumber)
    .option('--epochs <number>', 'passes over the films in a round', wholeNumber(1, 100), 1)
    .option('--steps <number>', 'steps in a round, in place of epochs', wholeNumber(1, 100_000))
    .option('--accountant <name>', ACCOUNTANTS.join(', '), oneOf(ACCOUNTANTS), 'rdp')
    .addHelpText(
      'after',
      '\nExamples:\n  unica privacy plan --epsilon 3 --delta 1e-5 --films 4000 --rounds 50 --batch 64\n  unica privacy plan --find rounds --epsilon 3 --delta 1e-5 --films 4000 --batch 64 --noise 1.1',
    )
    .action(async (options: PlanOptions) => await plan(options, contextOf()));
};

async function plan(options: PlanOptions, { terminal }: CommandContext): Promise<void> {
  const { find, films, epsilon, delta, accountant } = options;
  const { UnicaError } = await import('#base');
  const { planTraining } = await import('#privacy');
  const given = (name: 'rounds' | 'batch' | 'noise'): number => {
    const value = options[name];
    if (find === name) {
      if (value === undefined) return 1;
      throw new UnicaError('privacy.plan-impossible', { problem: `--${name} is what is looked for; leave it out` });
    }
    if (value === undefined) {
      throw new UnicaError('privacy.plan-impossible', { problem: `--${name} is missing` });
    }
    return value;
  };
  const found = planTraining(
    find,
    {
      records: films,
      rounds: given('rounds'),
      batchSize: given('batch'),
      noiseMultiplier: given('noise'),
      local: options.steps === undefined ? { epochs: options.epochs } : { steps: options.steps },
    },
    { epsilon, delta, accountant },
  );
  const { noiseMultiplier, rounds, batchSize, steps, sampleRate, cost } = found;
  terminal.answer(
    {
      noise: noiseMultiplier,
      rounds,
      batch: batchSize,
      films,
      steps,
      sample_rate: sampleRate,
      epsilon: cost.epsilon,
      delta,
      order: cost.order,
    },
    () => {
      terminal.line(
        `For ε ≤ ${epsilon} at δ = ${delta} with ${films} films: noise ${noiseMultiplier}, batches of ${batchSize}, ${rounds} rounds (${steps} steps).`,
      );
      terminal.line(`That costs ε = ${shown(cost.epsilon)}. A site with fewer films spends more.`);
    },
  );
}

function shown(epsilon: number): string {
  return Number(epsilon.toPrecision(6)).toString();
}

/** Reads any number; what it may be is said by who works with it. */
function plainNumber(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('Give a number such as 1.1 or 1e-5.');
}

interface EpsilonOptions {
  readonly noise: number;
  readonly sampleRate: number;
  readonly steps: number;
  readonly delta: number;
  readonly accountant: Accountant;
}

interface PlanOptions {
  readonly epsilon: number;
  readonly delta: number;
  readonly films: number;
  readonly find: PlanGoal;
  readonly rounds?: number;
  readonly batch?: number;
  readonly noise?: number;
  readonly epochs: number;
  readonly steps?: number;
  readonly accountant: Accountant;
}
