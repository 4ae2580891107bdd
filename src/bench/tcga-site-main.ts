// A site of the benchmark of Fed-TCGA-BRCA as a process of its own: `fork` with the order of `TcgaSiteOrder` as JSON. It tells its
// parent when it is enrolled, begins when the parent says so, and ends with it.
import { examplesAt, partition } from '#learning';
import { BareSite } from '#village';
import { LINEAR_COX, readFedTcgaBrca } from './fed-tcga-brca.ts';
import type { TcgaSiteOrder } from './tcga-network.ts';
import { TcgaSiteRounds } from './tcga-site-rounds.ts';

const { folder, hubUrl, code, site, dataset, number }: TcgaSiteOrder = JSON.parse(process.argv[2] ?? '');
const { train: data, centres } = await readFedTcgaBrca(folder);
const nodes = partition({ kind: 'column', values: centres }, data.targets['event'] ?? [], 0);
const rounds = new TcgaSiteRounds(site.siteId, examplesAt(LINEAR_COX, data, nodes[number] ?? new Uint32Array()));
const train = async (round: Parameters<TcgaSiteRounds['train']>[0]) => await rounds.train(round);
const bare = await BareSite.enrol({ hubUrl, code, site, dataset, number, changes: new Map(), train });
process.on('message', () => bare.start());
process.once('disconnect', async () => {
  await bare.close();
  await rounds.close();
});
process.send?.('enrolled');
