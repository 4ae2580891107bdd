import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { axeRunProblems } from '../axe-runs.js';
import { ERRORS_PAGE, errorsPage } from '../errors-page.js';
import { ROOM_MAP_PAGES, withRoomMap } from '../room-map.js';
import { VECTOR_KERNELS_PAGE, vectorKernelsPage } from '../vector-kernels.js';

/** Files made from others equal what those make now. */
export async function checkGenerated(root) {
  const pages = [
    { path: ERRORS_PAGE, make: () => errorsPage(root), maker: 'scripts/generate-errors-doc.js' },
    { path: VECTOR_KERNELS_PAGE, make: () => vectorKernelsPage(root), maker: 'scripts/generate-kernels.js' },
    ...ROOM_MAP_PAGES.map((path) => ({
      path,
      make: () => withRoomMap(root, path),
      maker: 'scripts/generate-room-map.js',
    })),
  ];
  const problems = [];
  for (const { path, make, maker } of pages) {
    const present = existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : '';
    if (present !== (await make())) problems.push(`${path}: not what its source makes now; run \`node ${maker}\``);
  }
  problems.push(...(await axeRunProblems(root)));
  return { problems, note: `${pages.length} files, and what axe found` };
}
