import { SeededRandom, UnicaError } from '#base';
import type { OptOuts } from '#consent';
import { streamCohort } from '#consent';
import { epsilonOfFacetCell, type Guarded, SEARCH_COUNTS, type SearchRule } from '#privacy';
import type { CohortQuery, QueryField } from '#wire';
import type { Searchable } from './matches.ts';
import type { LedgerEntry, QuestionLedger } from './question-ledger.ts';
import { type SearchAnswer, SearchDesk } from './search-desk.ts';

/** The attacks of the design page on privacy, and one to show that the measurement sees what it should. */
export const ATTACKS = [
  'differencing',
  'averaging',
  'tracker',
  'intersection',
  'three colluders',
  'restart',
  'facets',
  'facets in other company',
  'without a budget',
] as const;

/** One of {@link ATTACKS}. */
export type Attack = (typeof ATTACKS)[number];

/** What an attack reached. */
export interface AttackResult {
  readonly attack: Attack;
  readonly rounds: number;
  /** How much better than a coin the attacker tells whether one person has a finding: right − wrong, of all rounds. */
  readonly advantage: number;
  /** Of a round, on average. */
  readonly answered: number;
  readonly refused: number;
}

const MAKERS = 30;
/** Of a world that is attacked; of one whose errors are measured. */
const PEOPLE = { attacked: 600, measured: 1500 } as const;
/** Only the target's study is of this year. */
const TARGET_YEAR = 1990;
/** Asked for beside the table that is attacked. */
const OTHER_FIELDS = ['sex', 'ageYears', 'studyYear', 'modality', 'bodyPart', 'manufacturer'] as const;
const SECRET: CohortQuery = { is: 'finding', in: ['secret'] };

/**
 * Plays an attack many times: whether the target has the finding is drawn by a coin, the attacker knows everything else about
 * everybody, the mechanism and its rule, and weighs every number that was told in the best way there is (the likelihood
 * ratio, Neyman and Pearson 1933).
 */
export async function playAttack(
  attack: Attack,
  options: { readonly rounds: number; readonly seed: string; readonly optOuts: OptOuts },
): Promise<AttackResult> {
  const random = new SeededRandom(`${options.seed}/${attack}`);
  let right = 0;
  let answered = 0;
  let refused = 0;
  for (let round = 0; round < options.rounds; round += 1) {
    const has = random.uniform() < 0.5;
    const world = new World(random, has, options.optOuts, PEOPLE.attacked);
    const weight = await world.attack(attack, random);
    answered += world.answered;
    refused += world.refused;
    // A tie is decided by a coin.
    if ((weight === 0 ? random.uniform() < 0.5 : weight > 0) === has) right += 1;
  }
  return {
    attack,
    rounds: options.rounds,
    advantage: (2 * right) / options.rounds - 1,
    answered: answered / options.rounds,
    refused: refused / options.rounds,
  };
}

/** Relative errors of counts of people and of studies, of which the truth is at least 500. */
export async function errorsOfLargeCounts(options: {
  readonly rounds: number;
  readonly seed: string;
  readonly optOuts: OptOuts;
}): Promise<{ readonly persons: readonly number[]; readonly studies: readonly number[] }> {
  const random = new SeededRandom(`${options.seed}/errors`);
  const errors = { persons: [] as number[], studies: [] as number[] };
  for (let round = 0; round < options.rounds; round += 1) {
    const world = new World(random, true, options.optOuts, PEOPLE.measured);
    const wanted = random.permutation(MAKERS).slice(0, 18 + random.below(12));
    const query: CohortQuery = { is: 'manufacturer', in: [...wanted].map((maker) => `m${maker}`) };
    const members = world.rows.filter(({ manufacturer }) => query.in.includes(manufacturer ?? ''));
    const truth = {
      persons: new Set(members.map(({ person }) => person)).size,
      studies: new Set(members.map(({ studyInstanceUid }) => studyInstanceUid)).size,
    };
    const told = await world.desk.answer({ query, requester: 'somebody' });
    for (const number of ['persons', 'studies'] as const) {
      const count = told[number];
      if (truth[number] < 500 || !('count' in count)) continue;
      errors[number].push(Math.abs(count.count - truth[number]) / truth[number]);
    }
  }
  return errors;
}

/** A node with people, of whom one is the target. */
class World {
  readonly rows: readonly Searchable[];
  readonly #rule: SearchRule = SEARCH_COUNTS;
  readonly #secret: Uint8Array;
  readonly #ledger = ledgerInMemory();
  readonly #optOuts: OptOuts;
  readonly #targetMaker: number;
  /** People other than the target, by maker, with the finding; and their studies. */
  readonly #others: readonly { readonly persons: number; readonly studies: number }[];
  desk: SearchDesk;
  answered = 0;
  refused = 0;

  constructor(random: SeededRandom, has: boolean, optOuts: OptOuts, people: number) {
    this.#optOuts = optOuts;
    this.#secret = Uint8Array.from({ length: 32 }, () => random.below(256));
    this.#targetMaker = random.below(MAKERS);
    const others = Array.from({ length: MAKERS }, () => ({ persons: 0, studies: 0 }));
    const rows: Searchable[] = [];
    for (let index = 0; index < people; index += 1) {
      const target = index === 0;
      const maker = target ? this.#targetMaker : random.below(MAKERS);
      const studies = target ? this.#rule.studiesOfOne : 1 + random.below(3);
      const found = target ? has : random.uniform() < 0.6;
      const ofMaker = others[maker];
      if (!target && found && ofMaker !== undefined) {
        ofMaker.persons += 1;
        ofMaker.studies += studies;
      }
      for (let study = 0; study < studies; study += 1) {
        rows.push({
          person: `p${String(index).padStart(5, '0')}`,
          studyInstanceUid: `${index}.${study}`,
          modality: 'MG',
          bodyPart: 'BREAST',
          manufacturer: `m${maker}`,
          sex: 'F',
          ageYears: 60,
          studyYear: target ? TARGET_YEAR : 2020,
          findings: found ? ['secret'] : [],
        });
      }
    }
    this.rows = rows;
    this.#others = others;
    this.desk = this.#open(100);
  }

  /** The logarithm of the likelihood ratio of what was told: above 0 for "has it". */
  async attack(attack: Attack, random: SeededRandom): Promise<number> {
    const group = () => this.#group(random);
    const asks = async (makers: readonly number[], requester: string, without = false) =>
      await this.#ask(makers, requester, without);
    let weight = 0;
    switch (attack) {
      case 'differencing':
      case 'tracker':
        // With the target and without; a tracker pads the target with a group of others, which is the same pair.
        for (let pair = 0; pair < 10; pair += 1) {
          const makers = attack === 'tracker' ? [...new Set([this.#targetMaker, ...group().slice(0, 6)])] : group();
          weight += await asks(makers, 'eve');
          await asks(makers, 'eve', true);
        }
        return weight;
      case 'averaging': {
        const makers = group();
        const spellings: readonly CohortQuery[] = [
          this.#query(makers),
          { not: { not: this.#query(makers) } },
          { any: [this.#query(makers), { all: [this.#query(makers), SECRET] }] },
          this.#query([...makers].reverse()),
        ];
        for (let time = 0; time < 40; time += 1) {
          const told = await this.#told(spellings[time % spellings.length] ?? SECRET, 'eve');
          // Equal answers are one answer: weighing them more would only fool the attacker.
          if (time === 0) weight += this.#weigh(makers, told);
        }
        return weight;
      }
      case 'restart':
        for (let question = 0; question < 30; question += 1) {
          weight += await asks(group(), 'eve');
          if (question % 10 === 9) this.desk = this.#open(100);
        }
        return weight;
      case 'facets':
        for (let question = 0; question < 12; question += 1) weight += await this.#askFacets(group(), ['finding']);
        return weight;
      case 'facets in other company': {
        // One table, again and again beside others: each time its share of the noise is another.
        const makers = group();
        for (let others = 0; others <= OTHER_FIELDS.length; others += 1) {
          weight += await this.#askFacets(makers, ['finding', ...OTHER_FIELDS.slice(0, others)]);
        }
        return weight;
      }
      case 'intersection':
        for (let question = 0; question < 25; question += 1) weight += await asks(group(), 'eve');
        return weight;
      case 'three colluders':
        for (let question = 0; question < 75; question += 1) weight += await asks(group(), `eve ${question % 3}`);
        return weight;
      case 'without a budget':
        this.desk = this.#open(1_000_000);
        for (let question = 0; question < 800; question += 1) weight += await asks(group(), `sybil ${question}`);
        return weight;
    }
  }

  /** Half of the makers, the target's among them. */
  #group(random: SeededRandom): readonly number[] {
    const others = [...random.permutation(MAKERS)].filter((maker) => maker !== this.#targetMaker);
    return [this.#targetMaker, ...others.slice(0, MAKERS / 2)];
  }

  #query(makers: readonly number[]): CohortQuery {
    return { all: [SECRET, { is: 'manufacturer', in: makers.map((maker) => `m${maker}`) }] };
  }

  async #ask(makers: readonly number[], requester: string, without: boolean): Promise<number> {
    const query = this.#query(makers);
    const withoutTarget: CohortQuery = {
      all: [query, { not: { is: 'studyYear', from: TARGET_YEAR, to: TARGET_YEAR } }],
    };
    const told = await this.#told(without ? withoutTarget : query, requester);
    // Without the target the truth is known to the attacker, so the answer says nothing about them.
    return without ? 0 : this.#weigh(makers, told);
  }

  /**
   * A count of all people of some makers, which the attacker knows, with the cell of those who have the finding. Bringing a cell back to the
   * total makes it no more telling than it was, so it is weighed as if it were not.
   */
  async #askFacets(makers: readonly number[], facets: readonly QueryField[]): Promise<number> {
    const query: CohortQuery = { is: 'manufacturer', in: makers.map((maker) => `m${maker}`) };
    const told = await this.#told(query, 'eve', facets);
    const table = told?.facets?.find(({ field }) => field === 'finding');
    const cell = table?.cells.find((one) => 'value' in one && one.value === 'secret')?.persons;
    if (cell === undefined) return 0;
    const known = makers.reduce((sum, maker) => sum + (this.#others[maker]?.persons ?? 0), 0);
    return ratio(cell, known, 1, epsilonOfFacetCell(this.#rule, facets.length), this.#rule.roundTo);
  }

  async #told(
    query: CohortQuery,
    requester: string,
    facets: readonly QueryField[] = [],
  ): Promise<SearchAnswer | undefined> {
    try {
      const answer = await this.desk.answer({ query, requester, facets });
      this.answered += 1;
      return answer;
    } catch (error) {
      if (!(error instanceof UnicaError) || !REFUSALS.has(error.code)) throw error;
      this.refused += 1;
      return undefined;
    }
  }

  #weigh(
    makers: readonly number[],
    told: { readonly persons: Guarded; readonly studies: Guarded } | undefined,
  ): number {
    if (told === undefined) return 0;
    const known = { persons: 0, studies: 0 };
    for (const maker of makers) {
      known.persons += this.#others[maker]?.persons ?? 0;
      known.studies += this.#others[maker]?.studies ?? 0;
    }
    const half = this.#rule.epsilon / 2;
    const most = this.#rule.studiesOfOne;
    return (
      ratio(told.persons, known.persons, 1, half, this.#rule.roundTo) +
      ratio(told.studies, known.studies, most, half / most, this.#rule.roundTo)
    );
  }

  #open(questionsOfAll: number): SearchDesk {
    return new SearchDesk({
      source: {
        revision: async () => 'v1',
        draw: async () =>
          streamCohort({ dataset: 'd', dataVersion: 'v1', members: this.rows, standing: this.#optOuts }),
      },
      ledger: this.#ledger,
      secret: this.#secret,
      rule: this.#rule,
      clock: () => 1000,
      questionsOfAll,
    });
  }
}

const REFUSALS: ReadonlySet<string> = new Set([
  'search.too-near',
  'node.questions-spent',
  'node.dataset-questions-spent',
]);

/** log P(told | others and the target) − log P(told | others). */
function ratio(told: Guarded, others: number, ofTarget: number, epsilon: number, roundTo: number): number {
  if (!('count' in told)) return 0;
  return (
    Math.log(probability(told.count, others + ofTarget, epsilon, roundTo)) -
    Math.log(probability(told.count, others, epsilon, roundTo))
  );
}

/** That a truth is told as a number, after two-sided geometric noise and rounding. */
function probability(told: number, truth: number, epsilon: number, roundTo: number): number {
  const a = Math.exp(-epsilon);
  let sum = 0;
  // What rounds to the number told; halves are rounded up.
  for (let noisy = told - roundTo / 2; noisy < told + roundTo / 2; noisy += 1) sum += a ** Math.abs(noisy - truth);
  return ((1 - a) / (1 + a)) * sum;
}

/** A ledger that is not written down: the attacks need what it says, not that it stays. */
function ledgerInMemory(): QuestionLedger {
  const entries: LedgerEntry[] = [];
  return {
    of: () => entries,
    async append(entry) {
      const kept = { ...entry, sequence: entries.length + 1, atMs: 1000, entrySha256: '' };
      entries.push(kept);
      return kept;
    },
  };
}
