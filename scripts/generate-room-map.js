// Writes the map of rooms into the pages that carry it, from rooms.json.
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOM_MAP_PAGES, withRoomMap } from './room-map.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
for (const path of ROOM_MAP_PAGES) writeFileSync(join(root, path), withRoomMap(root, path));
