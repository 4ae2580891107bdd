import { canonicalJson, fromUtf8, UnicaError, utf8 } from '#base';
import type { StrategyState } from './strategy.ts';

const MAGIC = 'unica strategy state v1\n';

/**
 * What a strategy remembers, as bytes: a line that names the format, a line of JSON with the name and length of every
 * array in the order of the names, then the arrays as little-endian float64. Equal states are equal bytes.
 */
export function encodeState(state: StrategyState): Uint8Array {
  const names = Object.keys(state).sort();
  const header = utf8(`${MAGIC}${canonicalJson(names.map((name) => [name, state[name]?.length ?? 0]))}\n`);
  const numbers = names.reduce((total, name) => total + (state[name]?.length ?? 0), 0);
  const bytes = new Uint8Array(header.length + 8 * numbers);
  bytes.set(header);
  const view = new DataView(bytes.buffer);
  let at = header.length;
  for (const name of names) {
    for (const value of state[name] ?? []) {
      view.setFloat64(at, value, true);
      at += 8;
    }
  }
  return bytes;
}

/** A state from its bytes. @throws UnicaError `learning.state-damaged`. */
export function decodeState(bytes: Uint8Array): StrategyState {
  const start = utf8(MAGIC).length;
  const end = bytes.indexOf(0x0a, start);
  if (end < 0 || fromUtf8(bytes.subarray(0, start)) !== MAGIC) throw damaged('it is not such a file');
  const table = readTable(fromUtf8(bytes.subarray(start, end)));
  const numbers = table.reduce((total, [, length]) => total + length, 0);
  if (bytes.length !== end + 1 + 8 * numbers) throw damaged('it ends too early or too late');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = end + 1;
  const state: Record<string, Float64Array> = {};
  for (const [name, length] of table) {
    const begin = at;
    state[name] = Float64Array.from({ length }, (_, index) => view.getFloat64(begin + 8 * index, true));
    at += 8 * length;
    if (!state[name]?.every(Number.isFinite)) throw damaged('it holds numbers that are not finite');
  }
  return state;
}

function readTable(text: string): readonly (readonly [string, number])[] {
  let table: unknown;
  try {
    table = JSON.parse(text);
  } catch (cause) {
    throw new UnicaError('learning.state-damaged', { problem: 'its table cannot be read' }, { cause });
  }
  if (!Array.isArray(table) || !table.every(isRow)) throw damaged('its table cannot be read');
  return table;
}

function isRow(row: unknown): row is readonly [string, number] {
  return Array.isArray(row) && typeof row[0] === 'string' && Number.isSafeInteger(row[1]) && row[1] >= 0;
}

function damaged(problem: string): UnicaError {
  return new UnicaError('learning.state-damaged', { problem });
}
