import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UnicaError } from '#base';
import { coxLoss, defineNetwork, dense, type Examples, type Network } from '#engine';

const CENTRES = 6;
const FEATURES = 39;

/** Fed-TCGA-BRCA of FLamby (Ogier du Terrail et al. 2022): survival of 1,088 people from 39 covariates, 6 regions. */
export interface FedTcgaBrca {
  readonly train: Examples;
  /** Region of each training example, '0' … '5'. */
  readonly centres: readonly string[];
  readonly test: Examples;
}

/** FLamby's baseline: a linear Cox model; the partial likelihood is taken within a batch. */
export const LINEAR_COX: Network = defineNetwork((network) => {
  const logHazard = dense(network.input('covariates', [FEATURES]), { name: 'fc', outputs: 1 });
  network.output('logHazard', logHazard);
  network.loss(coxLoss(logHazard, network.target('time', [1]), network.target('event', [1])));
});

/** Reads the folder with `brca.csv` and `train_test_split.csv`. @throws UnicaError `bench.data-missing` */
export async function readFedTcgaBrca(folder: string): Promise<FedTcgaBrca> {
  const people = await readTable(join(folder, 'brca.csv'));
  const split = await readTable(join(folder, 'train_test_split.csv'));
  const folds = new Map(split.map(([pid = '', , fold = '']) => [pid, fold] as const));
  const of = (part: 'train' | 'test') =>
    people.flatMap((row) => {
      const [name, centre = ''] = (folds.get(row[0] ?? '') ?? '').split('_');
      return name === part && Number(centre) < CENTRES ? [{ numbers: row.slice(1).map(Number), centre }] : [];
    });
  const train = of('train');
  return {
    train: examplesFrom(train.map(({ numbers }) => numbers)),
    centres: train.map(({ centre }) => centre),
    test: examplesFrom(of('test').map(({ numbers }) => numbers)),
  };
}

function examplesFrom(rows: readonly (readonly number[])[]): Examples {
  return {
    count: rows.length,
    inputs: { covariates: Float32Array.from(rows.flatMap((row) => row.slice(0, FEATURES))) },
    targets: {
      event: Float32Array.from(rows, (row) => row[FEATURES] ?? 0),
      time: Float32Array.from(rows, (row) => row[FEATURES + 1] ?? 0),
    },
  };
}

/** Rows without the first. Quoted fields occur in the first only. */
async function readTable(path: string): Promise<readonly (readonly string[])[]> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new UnicaError('bench.data-missing', { what: 'Fed-TCGA-BRCA' }, { cause });
  });
  return text
    .trim()
    .split(/\r?\n/)
    .slice(1)
    .map((line) => line.split(','));
}
