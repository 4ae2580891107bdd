import { silentLog, UnicaError } from '#base';
import type { Database } from '#store';
import type { ClinicComparison, ClinicMode, ClinicModel, ClinicTask } from '#wire';
import { ClinicReads, type ReadRow } from './clinic-comparison.ts';
import { ClinicModels } from './clinic-models.ts';
import { ClinicOrders } from './clinic-orders.ts';
import type { NodeConfig } from './config.ts';
import { openNode } from './open-node.ts';
import type { NodeTables } from './tables.ts';

const ACTOR = 'command-line';

/** The models that lie at a node, and what its owner decided of each. @throws UnicaError `node.not-initialised` */
export async function clinicModels(config: NodeConfig): Promise<readonly ClinicModel[]> {
  return await withClinic(config, async ({ models }) => await models.list());
}

/**
 * The owner's decision about a model, for the version that lies there now.
 * @throws UnicaError `http.not-found`, those of a model's folder
 */
export async function setClinicModel(
  config: NodeConfig,
  name: string,
  wish: { readonly mode: ClinicMode; readonly alarmFrom?: number | undefined },
): Promise<ClinicModel> {
  return await withClinic(config, async ({ models }) => {
    const find = async () => (await models.list()).find((model) => model.name === name);
    const model = await find();
    const version = model?.present ?? model?.enabled;
    if (model === undefined || version === undefined || version === null)
      throw new UnicaError('http.not-found', { what: 'usable model of that name' });
    await models.decide(name, { mode: wish.mode, ...version, alarmFrom: wish.alarmFrom ?? model.alarmFrom }, ACTOR);
    return (await find()) ?? model;
  });
}

/** Models held against readers. */
export async function compareWithReaders(config: NodeConfig): Promise<readonly ClinicComparison[]> {
  return await withClinic(config, async ({ reads }) => await reads.compare());
}

/** Brings in what readers found. @throws UnicaError `clinic.reads-unusable` */
export async function takeReads(
  config: NodeConfig,
  task: ClinicTask,
  rows: readonly ReadRow[],
): Promise<{ readonly examinations: number; readonly known: number }> {
  return await withClinic(config, async ({ reads }) => await reads.take(task, rows, ACTOR));
}

async function withClinic<Result>(
  config: NodeConfig,
  work: (clinic: { readonly models: ClinicModels; readonly reads: ClinicReads }) => Promise<Result>,
): Promise<Result> {
  const node = await openNode(config, silentLog);
  try {
    const { journal, clock, secret, standing } = node;
    const database = node.database as unknown as Database<NodeTables>;
    const models = new ClinicModels({ db: database.kysely, journal, clock, home: config.home });
    const orders = new ClinicOrders({ db: database.kysely, clock, secret });
    return await work({ models, reads: new ClinicReads({ database, models, orders, standing, journal, clock }) });
  } finally {
    await node.close();
  }
}
