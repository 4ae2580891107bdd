import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERRORS_PAGE, errorsPage } from '../errors-page.js';
import { ROOM_MAP_PAGES, withRoomMap } from '../room-map.js';

/** Pages made from a table equal what the table makes now. */
export async function checkGenerated(root) {
  const pages = [
    { path: ERRORS_PAGE, make: () => errorsPage(root), maker: 'scripts/generate-errors-doc.js' },
    ...ROOM_MAP_PAGES.map((path) => ({
      path,
      make: () => withRoomMap(root, path),
      maker: 'scripts/generate-room-map.js',
    })),
  ];
  const problems = [];
  for (const { path, make, maker } of pages) {
    const present = existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : '';
    if (present !== (await make())) problems.push(`${path}: not what its table makes now; run \`node ${maker}\``);
  }
  return { problems, note: `${pages.length} pages` };
}
