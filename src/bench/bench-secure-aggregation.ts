import { addNumbers, bytesOfNumbers, SumRig, unmaskSum } from '#aggregation';
import { SeededRandom } from '#base';
import { countedNumbers, numberGrid } from '#learning';
import { type Measurement, median } from './measurement.ts';

/** Seconds in plain JavaScript on two shared cores, as the design page of learning gives them for this size. */
const DESIGN = { site: 0.45, mask: 0.32, quantise: 0.13, sum: 0.16, unmask: 0.43, dropOut: 0.39 } as const;
/** Processor time a site may take in a round. */
const LIMIT_S = 0.6;

/**
 * Masked updates of one round: processor time of a site and of the hub. Keys, shares and signatures are real; the other sites'
 * numbers are few, as their length does not matter to the one that is measured.
 * @param options.parameters of the model. @param options.sites of the round, 3 to 64. @param options.repeats of each measurement
 */
export async function* benchSecureAggregation(options: {
  readonly parameters: number;
  readonly sites: number;
  readonly repeats: number;
}): AsyncGenerator<Measurement> {
  const { parameters, sites, repeats } = options;
  const rig = new SumRig(sites);
  const size = `${parameters / 1e6} M parameters, ${sites} sites`;
  const random = new SeededRandom('bench');
  const change = Float32Array.from({ length: parameters }, () => random.between(-0.05, 0.05));
  const job = { strategy: { kind: 'fedavg' }, aggregation: { updates: 'masked', mostFilms: 4096 } } as const;
  const grid = numberGrid({ ...job, sites: [...rig.names] });
  if (grid === undefined) throw new RangeError('the job of this benchmark says how it counts');
  const update = { change, films: 1000, steps: 100 };
  const count = () => countedNumbers(job, update, grid);

  for (const name of rig.names) rig.deal(name);
  const [measured = '', gone = '', ...others] = rig.names;
  for (const name of [gone, ...others]) await rig.mask(name, new Int32Array(1), rig.names);
  const quantiseS = await processorSeconds(async () => void count(), repeats);
  const numbers = count();
  const maskS = await processorSeconds(async () => await rig.mask(measured, numbers, rig.names), repeats);
  yield row(`site: weigh and round, ${size}`, quantiseS, { says: 'design', value: DESIGN.quantise });
  yield row(`site: mask, ${size}`, maskS, { says: 'design', value: DESIGN.mask });
  yield row(`site: both, ${size}`, quantiseS + maskS, { says: 'limit', value: LIMIT_S });

  const masked = rig.masked.get(measured) ?? bytesOfNumbers(numbers);
  const total = new Int32Array(parameters);
  const sumS = await processorSeconds(async () => {
    for (let site = 0; site < sites; site += 1) addNumbers(total, masked);
  }, repeats);
  yield row(`hub: add up, ${size}`, sumS, { says: 'design', value: DESIGN.sum });
  const whole = await opened(rig, rig.names);
  const unmaskS = await processorSeconds(async () => await unmaskSum(total, whole), repeats);
  yield row(`hub: take the masks off, ${size}`, unmaskS, { says: 'design', value: DESIGN.unmask });
  const without = await opened(rig, [measured, ...others]);
  const withoutS = await processorSeconds(async () => await unmaskSum(total, without), repeats);
  const missing = unmaskS * ((sites - 1) / sites);
  yield row(`hub: for each site that dropped out, ${size}`, withoutS - missing, {
    says: 'design',
    value: DESIGN.dropOut,
  });
}

/** What the hub has when these sites are in the sum and have opened it. */
async function opened(rig: SumRig, survivors: readonly string[]) {
  const round = rig.copy();
  for (const name of survivors) round.sign(name, survivors);
  for (const name of survivors) round.open(name);
  return { ...rig.round, group: rig.adverts, dealers: rig.names, survivors, openings: round.openings };
}

/** Of this process, the middle of some runs after one that is not counted. */
async function processorSeconds(work: () => Promise<void>, repeats: number): Promise<number> {
  await work();
  const seconds: number[] = [];
  for (let run = 0; run < repeats; run += 1) {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    seconds.push((user + system) / 1e6);
  }
  return median(seconds);
}

function row(
  name: string,
  value: number,
  reference: { readonly says: 'design' | 'limit'; readonly value: number },
): Measurement {
  const words = {
    design: 'plain JavaScript, design page, 10 M × 10 sites',
    limit: 'what a site may take, 10 M × 10 sites',
  };
  const rounded = Number(value.toFixed(3));
  return {
    name,
    value: rounded,
    unit: 's of processor time',
    reference: words[reference.says],
    reference_value: reference.value,
    ratio: Number((value / reference.value).toFixed(3)),
  };
}
