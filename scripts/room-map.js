import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readRooms } from './checks/source-tree.js';

/** The pages that carry the map of rooms between their markers. */
export const ROOM_MAP_PAGES = ['ARCHITECTURE.md'];

const BEGIN = '<!-- room map: made by scripts/generate-room-map.js from rooms.json; do not edit -->';
const END = '<!-- end of room map -->';

/** The page's text with its map of rooms made anew. */
export function withRoomMap(root, path) {
  const page = readFileSync(join(root, path), 'utf8');
  const [before, rest] = split(page, BEGIN, path);
  const [, after] = split(rest, END, path);
  return `${before}${BEGIN}\n\n${roomMap(readRooms(root))}\n${END}${after}`;
}

/** One drawing and one table. An arrow that a longer way already tells of is left out of the drawing. */
export function roomMap(rooms) {
  const wings = [...new Set(rooms.map(([, { wing }]) => wing))];
  const drawn = wings.map((wing) => {
    const own = rooms.filter(([, room]) => room.wing === wing).map(([name]) => `    ${boxOf(name)}`);
    return `  subgraph wing-${wing} [${wing}]\n${own.join('\n')}\n  end`;
  });
  const arrows = neededArrows(rooms).map(([from, to]) => `  ${idOf(from)} --> ${idOf(to)}`);
  const rows = rooms.map(
    ([name, { wing, pure, says, mayImport }]) =>
      `| \`${name}\` | ${wing} | ${says} | ${pure ? 'yes' : ''} | ${mayImport.join(' ')} |`,
  );
  return [
    '```mermaid',
    'flowchart TD',
    ...drawn,
    ...arrows,
    '```',
    '',
    '| room | wing | says | pure | may import |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

/** `[from, to]` for each import of the table that no chain of other imports implies. */
export function neededArrows(rooms) {
  const direct = new Map(rooms.map(([name, { mayImport }]) => [name, mayImport]));
  const reach = new Map();
  // rooms.json is in import order: what a room imports is already known.
  for (const [name, imports] of direct)
    reach.set(name, new Set(imports.flatMap((other) => [other, ...reach.get(other)])));
  return [...direct].flatMap(([name, imports]) =>
    imports
      .filter((to) => !imports.some((middle) => middle !== to && reach.get(middle).has(to)))
      .map((to) => [name, to]),
  );
}

function boxOf(name) {
  return `${idOf(name)}["${name}"]`;
}

/** Mermaid takes some bare words (such as `end`) for its own. */
function idOf(name) {
  return `room-${name}`;
}

function split(text, marker, path) {
  const at = text.indexOf(marker);
  if (at < 0) throw new Error(`${path} has no line "${marker}"`);
  return [text.slice(0, at), text.slice(at + marker.length)];
}
