// Entry of the trainer's own process; started, watched and ended by `runTrainer` or `WarmTrainer`.

import { packError } from '#base';
import { explain } from './explain.ts';
import { predict } from './predictor.ts';
import { KeptTraining } from './train.ts';
import type { TrainerMessage, TrainerRequest, TrainerResults } from './trainer-messages.ts';

const kept = new KeptTraining();

// Without a parent nobody waits for the result. Killed rather than exited: ONNX Runtime may abort while it tears down.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

process.on('message', async (request: TrainerRequest) => {
  try {
    send({ kind: 'result', result: await work(request) });
  } catch (thrown) {
    send({ kind: 'failed', error: packError(thrown) });
  }
});

async function work(request: TrainerRequest): Promise<TrainerResults[keyof TrainerResults]> {
  switch (request.kind) {
    case 'train': {
      const { kind: _, checkpoints, ...settings } = request;
      return kept.train({
        ...settings,
        onEpoch: (report) => send({ kind: 'progress', progress: { kind: 'epoch', ...report } }),
        onStep: (report) => send({ kind: 'progress', progress: { kind: 'step', ...report } }),
        onCheckpoint: checkpoints
          ? (checkpoint) => send({ kind: 'progress', progress: { kind: 'checkpoint', checkpoint } })
          : undefined,
      });
    }
    case 'predict':
      return predict(request.model, request.parameters, request.inputs, request.count, { device: request.device });
    case 'explain':
      return explain(request.model, request.parameters, request.inputs, request.method);
  }
}

function send(message: TrainerMessage): void {
  process.send?.(message);
}
