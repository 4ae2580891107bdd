import { sha256Hex, UnicaError } from '#base';
import { tableOf } from './parameter-table.ts';
import { decodeSafetensors, encodeSafetensors } from './safetensors.ts';
import type { EpochReport } from './training-reports.ts';

/** A training between two epochs, as it goes on bit for bit. */
export interface Checkpoint {
  readonly parameters: Float32Array;
  readonly memory: readonly Float32Array[];
  readonly steps: number;
  readonly epochs: readonly EpochReport[];
  /** The best so far by validation. */
  readonly best: { readonly epoch: number; readonly parameters: Float32Array } | undefined;
  /** Digest of what must not change between the parts of a training. */
  readonly settings: string;
}

/** A checkpoint as one file: safetensors with its own digest. */
export function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array {
  const { parameters, memory, best } = checkpoint;
  const tensors: readonly (readonly [string, Float32Array])[] = [
    ['parameters', parameters],
    ...memory.map((values, index) => [`memory${index}`, values] as const),
    ...(best === undefined ? [] : [['best', best.parameters] as const]),
  ];
  const table = tableOf(tensors.map(([name, values]) => ({ name, shape: [values.length] })));
  const flat = new Float32Array(table.total);
  for (const [index, { offset }] of table.entries.entries()) flat.set(tensors[index]?.[1] ?? [], offset);
  const state = JSON.stringify({
    steps: checkpoint.steps,
    epochs: checkpoint.epochs,
    bestEpoch: best?.epoch ?? null,
    settings: checkpoint.settings,
  });
  return encodeSafetensors(table, flat, {
    format: 'unica-checkpoint/1',
    state,
    digest: digestOf(state, flat),
  });
}

/** @throws UnicaError `engine.checkpoint-damaged`, `engine.checkpoint-foreign` when it is of another training. */
export function decodeCheckpoint(bytes: Uint8Array, settings: string): Checkpoint {
  const { table, parameters: flat, metadata } = decoded(bytes);
  const state = metadata['state'] ?? '';
  if (metadata['format'] !== 'unica-checkpoint/1' || metadata['digest'] !== digestOf(state, flat)) throw damaged();
  const read = JSON.parse(state) as {
    readonly steps: number;
    readonly epochs: readonly EpochReport[];
    readonly bestEpoch: number | null;
    readonly settings: string;
  };
  if (read.settings !== settings) throw new UnicaError('engine.checkpoint-foreign');
  const tensor = (name: string): Float32Array | undefined => {
    const entry = table.entries.find((one) => one.name === name);
    return entry && flat.slice(entry.offset, entry.offset + entry.size);
  };
  const best = tensor('best');
  const memory = table.entries
    .filter(({ name }) => name.startsWith('memory'))
    .map(({ name }) => tensor(name) ?? damage());
  return {
    parameters: tensor('parameters') ?? damage(),
    memory,
    steps: read.steps,
    epochs: read.epochs,
    best: best === undefined || read.bestEpoch === null ? undefined : { epoch: read.bestEpoch, parameters: best },
    settings,
  };
}

function decoded(bytes: Uint8Array): ReturnType<typeof decodeSafetensors> {
  try {
    return decodeSafetensors(bytes);
  } catch (cause) {
    throw new UnicaError('engine.checkpoint-damaged', {}, { cause });
  }
}

function digestOf(state: string, numbers: Float32Array): string {
  const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  return sha256Hex(`${state}\n${sha256Hex(bytes)}`);
}

function damaged(): UnicaError {
  return new UnicaError('engine.checkpoint-damaged');
}

function damage(): never {
  throw damaged();
}
