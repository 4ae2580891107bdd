import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { UnicaError } from '#base';
import type { Examples, LinearCoxSpec } from '#engine';

const CENTRES = 6;
const FEATURES = 39;

/** Fed-TCGA-BRCA of FLamby (Ogier du Terrail et al. 2022): survival of 1,088 people from 39 covariates, 6 regions. */
export interface FedTcgaBrca {
  readonly train: Examples;
  /** Region of each training example, '0' … '5'. */
  readonly centres: readonly string[];
  readonly test: Examples;
  /** Region of each test example. */
  readonly testCentres: readonly string[];
}

/** FLamby's published figures of a method: mean and standard deviation over its seeds. */
export interface PublishedScores {
  /** C-index on the test people of all regions together. */
  readonly pooled: { readonly mean: number; readonly stdDev: number };
  /** Mean over the regions of the C-index on each one's test people. */
  readonly regions: number;
}

/** FLamby's baseline: a linear Cox model; the partial likelihood is taken within a batch. */
export const LINEAR_COX: LinearCoxSpec = { architecture: 'linear-cox', covariates: FEATURES };

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
  const [train, test] = [of('train'), of('test')];
  return {
    train: examplesFrom(train.map(({ numbers }) => numbers)),
    centres: train.map(({ centre }) => centre),
    test: examplesFrom(test.map(({ numbers }) => numbers)),
    testCentres: test.map(({ centre }) => centre),
  };
}

const figure = z.tuple([z.number(), z.number(), z.number()]);
const resultsSchema = z.object({ tcga_brca: z.record(z.string(), z.record(z.string(), figure)) });

/** FLamby's figures by its names of methods, of `flamby_results.json` in the same folder. @throws UnicaError `bench.data-missing` */
export async function readPublishedScores(folder: string): Promise<ReadonlyMap<string, PublishedScores>> {
  const read = resultsSchema.safeParse(JSON.parse(await textOf(join(folder, 'flamby_results.json'))));
  if (!read.success) throw new UnicaError('bench.data-missing', { what: 'Fed-TCGA-BRCA' }, { cause: read.error });
  return new Map(
    Object.entries(read.data.tcga_brca).map(([method, { 'Pooled Test': pooled = [0, 0, 0], ...regions }]) => {
      const means = Object.values(regions).map(([mean]) => mean);
      const [mean = 0, stdDev = 0] = pooled;
      return [method, { pooled: { mean, stdDev }, regions: means.reduce((sum, one) => sum + one, 0) / means.length }];
    }),
  );
}

async function textOf(path: string): Promise<string> {
  return await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new UnicaError('bench.data-missing', { what: 'Fed-TCGA-BRCA' }, { cause });
  });
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
  return (await textOf(path))
    .trim()
    .split(/\r?\n/)
    .slice(1)
    .map((line) => line.split(','));
}
