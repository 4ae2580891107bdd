import { tensorLength } from './examples.ts';
import type { NetworkTensor } from './network.ts';
import { optimiserMemory } from './optimiser.ts';
import type { Packing } from './packing.ts';
import { parameterTable } from './parameter-table.ts';
import type { SharedTensors, SharedTraining } from './training-messages.ts';
import type { TrainingPlan } from './training-plan.ts';
import { type Span, VectorMemory } from './vector-memory.ts';

/** Slots of gradients may take so many numbers together; a step with more micro-batches is added up in parts. */
const MOST_SLOT_NUMBERS = 2 ** 25;

/** Micro-batches whose gradients are kept apart until they are added up. */
export function slotCount({ batchSize, microBatch, parameters }: TrainingPlan): number {
  const wanted = Math.ceil(batchSize / microBatch);
  return Math.max(1, Math.min(wanted, Math.floor(MOST_SLOT_NUMBERS / Math.max(1, parameters.length))));
}

/** Lays out the memory that one training's threads share. */
export function shareTraining(plan: TrainingPlan, { pack }: Packing): SharedTraining {
  const { network, data, validation, parameters, optimiser, proximal, correction } = plan;
  const slots = slotCount(plan);
  const tensors = [...network.inputs, ...network.targets];
  const { length } = parameters;
  const remembered = optimiserMemory(optimiser);
  const { memory: vectors, spans } = VectorMemory.layOut(Array<number>(2 + slots + remembered).fill(length));
  const [own, gradient, ...others] = spans as [Span, Span, ...Span[]];
  new Float32Array(vectors.buffer, own.offset, length).set(pack(parameters));
  return {
    vectors,
    parameters: own,
    gradient,
    slots: others.slice(0, slots),
    memory: others.slice(slots),
    tensors: sharedTensors(tensors, { ...data.inputs, ...data.targets }),
    order: new SharedArrayBuffer(4 * data.count),
    scored: new SharedArrayBuffer(4 * length),
    losses: new SharedArrayBuffer(8 * slots),
    anchor: sharedFloats(proximal ? pack(proximal.anchor) : new Float32Array()),
    correction: sharedFloats(correction ? pack(correction) : new Float32Array()),
    kinds: kindsOf(plan),
    validationTensors: validation ? sharedTensors(tensors, { ...validation.inputs, ...validation.targets }) : {},
    validationAnswers: new SharedArrayBuffer(4 * (validation?.count ?? 0)),
    validationLosses: new SharedArrayBuffer(4 * (validation?.count ?? 0)),
    flags: new SharedArrayBuffer(8),
  };
}

function kindsOf({ network }: TrainingPlan): SharedArrayBuffer {
  const table = parameterTable(network);
  const kinds = new SharedArrayBuffer(table.total);
  const view = new Uint8Array(kinds);
  network.parameters.forEach(({ kind }, index) => {
    const { offset = 0, size = 0 } = table.entries[index] ?? {};
    view.fill({ learned: 0, measured: 1, frozen: 2 }[kind], offset, offset + size);
  });
  return kinds;
}

function sharedTensors(
  tensors: readonly NetworkTensor[],
  numbers: Readonly<Record<string, Float32Array>>,
): SharedTensors {
  return Object.fromEntries(
    tensors.map((tensor) => [
      tensor.name,
      sharedFloats(numbers[tensor.name] ?? new Float32Array(tensorLength(tensor))),
    ]),
  );
}

function sharedFloats(values: Float32Array): SharedArrayBuffer {
  if (values.buffer instanceof SharedArrayBuffer && values.byteLength === values.buffer.byteLength)
    return values.buffer;
  const shared = new SharedArrayBuffer(values.byteLength);
  new Float32Array(shared).set(values);
  return shared;
}
