import { UnicaError } from '#base';
import type { DatasetGuide, DatasetRecord } from '#wire';
import { WHOLE_ARCHIVE } from './current-data.ts';
import type { NodeHouse } from './house.ts';

type Step = DatasetGuide['steps'][number];
type GuideParts = Pick<
  NodeHouse,
  'archive' | 'imports' | 'quarantine' | 'mappingDesk' | 'warehouse' | 'publisher' | 'dossier'
>;

/** How far a dataset is on its way into the catalogue. @throws UnicaError `http.not-found` */
export async function datasetGuide(node: GuideParts, name: string): Promise<DatasetGuide> {
  if (name !== WHOLE_ARCHIVE) throw new UnicaError('http.not-found', { what: `dataset ${name}` });
  const [members, [lastImport], quarantined, waiting, loads, published, { hindrances }] = await Promise.all([
    node.archive.members(),
    node.imports.list(1),
    node.quarantine.total(),
    node.mappingDesk.tables(),
    node.warehouse.loads(),
    node.publisher.lastOf(name),
    node.dossier.standing(),
  ]);
  const running = waiting.filter(({ run }) => run?.state === 'running').length;
  const failed = waiting.filter(({ run }) => run?.state === 'failed').length;
  const unfinished = waiting.filter(({ run }) => run === null).length;
  const rows = loads.reduce((sum, load) => sum + load.rows, 0);
  const images = stateOf(members.length > 0, lastImport?.state === 'running', lastImport?.state === 'failed', 'open');
  const isMapped = waiting.every(({ isMapped: one }) => one);
  const steps: Step[] = [
    { step: 'images', state: images },
    { step: 'tables', state: waiting.length + loads.length === 0 ? 'optional' : isMapped ? 'done' : 'open' },
    {
      step: 'warehouse',
      state: stateOf(
        loads.length > 0 && unfinished === 0,
        running > 0,
        failed > 0,
        waiting.length > 0 ? 'open' : 'optional',
      ),
    },
    { step: 'dossier', state: hindrances.length === 0 ? 'done' : 'open' },
    { step: 'publish', state: published?.isCurrent === true ? 'done' : 'open' },
  ];
  return {
    steps,
    images: {
      images: members.length,
      studies: new Set(members.map(({ studyInstanceUid }) => studyInstanceUid)).size,
      quarantined,
    },
    tables: {
      uploaded: waiting.length,
      mapped: waiting.filter(({ isMapped: one }) => one).length,
      running,
      failed,
      loaded: loads.length,
      rows,
    },
    hindrances: [...hindrances],
    published:
      published === undefined
        ? null
        : {
            version: published.record.version,
            publishedAtMs: published.record.publishedAtMs,
            isCurrent: published.isCurrent,
            announcement: announcementOf(published.record),
          },
  };
}

function stateOf(isDone: boolean, isBusy: boolean, hasFailed: boolean, otherwise: Step['state']): Step['state'] {
  if (isBusy) return 'busy';
  if (hasFailed) return 'failed';
  return isDone ? 'done' : otherwise;
}

function announcementOf({ title, description, conditions, card }: DatasetRecord) {
  return { title, description, conditions, ...(card === undefined ? {} : { card }) };
}
