import { ABOVE_ALONE, MEDMNIST_SETS, type MedMnistRun } from './bench-medmnist.ts';

/** Mean figures of one set and one partition over its seeds, and whether they are what is asked. */
export interface MedMnistRow {
  readonly title: string;
  readonly partition: MedMnistRun['partition'];
  readonly seeds: readonly number[];
  readonly federated: number;
  readonly pooled: number;
  readonly alone: number;
  /** Pooled less federated, and how much is allowed. */
  readonly below: number;
  readonly belowAllowed: number;
  /** Federated less the mean of the nodes alone, and how much is asked. */
  readonly above: number;
  readonly aboveAsked: number;
}

/** The rows of the runs that are there, in the order of the sets. */
export function medMnistRows(runs: readonly MedMnistRun[]): readonly MedMnistRow[] {
  return MEDMNIST_SETS.flatMap(({ name, title, belowPooled }) =>
    (['iid', 'dirichlet'] as const).flatMap((partition): readonly MedMnistRow[] => {
      const own = runs.filter((run) => run.set === name && run.partition === partition);
      if (own.length === 0) return [];
      const federated = meanOf(own.map((run) => run.federated));
      const pooled = meanOf(own.map((run) => run.pooled));
      const alone = meanOf(own.map((run) => meanOf(run.alone)));
      return [
        {
          ...{ title, partition, seeds: own.map(({ seed }) => seed), federated, pooled, alone },
          ...{ below: pooled - federated, belowAllowed: belowPooled },
          ...{ above: federated - alone, aboveAsked: ABOVE_ALONE },
        },
      ];
    }),
  );
}

/** The rows and every run below them in Markdown. */
export function medMnistTable(runs: readonly MedMnistRun[]): string {
  const rows = medMnistRows(runs).map(
    (row) =>
      `| ${row.title}, ${partitionWords(row.partition)} | ${row.seeds.length} | ${short(row.federated)} | ${short(row.pooled)} | ${signed(-row.below)} (at least −${row.belowAllowed}): ${verdict(row.below <= row.belowAllowed)} | ${short(row.alone)} | ${signed(row.above)} (at least +${row.aboveAsked}): ${verdict(row.above >= row.aboveAsked)} |`,
  );
  const each = runs.map(
    (run) =>
      `| ${run.set}, ${partitionWords(run.partition)}, ${run.seed} | ${run.nodes.map(({ images, positive }) => `${positive} of ${images}`).join(', ')} | ${short(run.federated)} | ${short(run.pooled)} | ${run.alone.map(short).join(', ')} |`,
  );
  return [
    '| set, how dealt out to 4 nodes | seeds | federated | pooled | federated less pooled | mean of the nodes alone | federated less alone |',
    '|---|---|---|---|---|---|---|',
    ...rows,
    '',
    '| set, partition, seed | images of class 1 of each node | federated | pooled | each node alone |',
    '|---|---|---|---|---|',
    ...each,
    '',
  ].join('\n');
}

function partitionWords(partition: MedMnistRun['partition']): string {
  return partition === 'iid' ? 'IID' : 'Dirichlet(0.5)';
}

function verdict(isSo: boolean): string {
  return isSo ? 'yes' : '**no**';
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, one) => sum + one, 0) / values.length;
}

function short(value: number): string {
  return value.toFixed(3).replace(/^0/, '');
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${short(Math.abs(value))}`;
}
