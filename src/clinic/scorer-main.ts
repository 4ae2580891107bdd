// Entry of a process that scores studies with models that stay loaded. It ends with its parent.
import { packError } from '#base';
import { LoadedModels } from './score-study.ts';
import type { ScoringReply, ScoringRequest } from './scoring-messages.ts';

const models = new LoadedModels();

process.on('message', (request: ScoringRequest) => void answer(request));
process.on('disconnect', () => process.exit(0));

async function answer(request: ScoringRequest): Promise<void> {
  const before = process.cpuUsage();
  const reply = await models.score(request).then(
    (results): ScoringReply => {
      const { user, system } = process.cpuUsage(before);
      return { number: request.number, kind: 'scored', results, processorMs: (user + system) / 1000 };
    },
    (error: unknown): ScoringReply => ({ number: request.number, kind: 'failed', error: packError(error) }),
  );
  process.send?.(reply);
}
