import { UnicaError } from '#base';
import { cbisDdsm } from './cbis-ddsm.ts';
import { cheXpert } from './chexpert.ts';
import { cmmd } from './cmmd.ts';
import { inBreast } from './inbreast.ts';
import { jsrt } from './jsrt.ts';
import { miniMias } from './mini-mias.ts';
import { nihChestXray14 } from './nih-chest-xray14.ts';
import type { PublicLayout, PublicSet, SetFiles } from './public-set.ts';
import { rsnaPneumonia } from './rsna-pneumonia.ts';
import { vinDrMammo } from './vindr-mammo.ts';

const LAYOUTS: readonly PublicLayout[] = [
  ...[nihChestXray14, vinDrMammo, cbisDdsm, cmmd, inBreast],
  ...[miniMias, jsrt, rsnaPneumonia, cheXpert],
];

/** Names of the layouts of public sets, as `--layout` takes them. */
export const PUBLIC_LAYOUTS: readonly string[] = LAYOUTS.map(({ name }) => name);

/**
 * The public set that lies in a folder; undefined where none is recognised and none was named.
 * @param wanted a name of {@link PUBLIC_LAYOUTS}, or `auto`
 * @throws UnicaError `intake.layout-not-found` when the one that is named is not there; `intake.csv-invalid`,
 * `intake.set-column-missing` for tables that cannot be read
 */
export async function publicSetOf(files: SetFiles, wanted: string): Promise<PublicSet | undefined> {
  const layout = LAYOUTS.find(({ name, recognises }) =>
    wanted === 'auto' ? recognises(files.names) : name === wanted,
  );
  if (layout === undefined) {
    if (wanted === 'auto') return undefined;
    throw new UnicaError('intake.layout-not-found', {
      layout: wanted,
      looked: `the layouts that are known: ${PUBLIC_LAYOUTS.join(', ')}`,
    });
  }
  if (!layout.recognises(files.names)) {
    throw new UnicaError('intake.layout-not-found', { layout: layout.title, looked: layout.looksFor });
  }
  return await layout.read(files);
}
