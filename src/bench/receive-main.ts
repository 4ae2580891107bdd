// Entry of the process that receives, as a node does, what `benchDicomReceive` has sent to it; it ends with its channel.
import { openStorageScp, type StorageScp } from '#dimse';
import { IncomingSpool, SPARE_LOGS } from '#node';
import type { ReceiverAnswer, ReceiverRequest } from './receiver-process.ts';

let open: { readonly spool: IncomingSpool; readonly scp: StorageScp } | undefined;

process.on('message', (request: ReceiverRequest) => {
  void answerTo(request).then((answer) => process.send?.(answer));
});

async function answerTo(request: ReceiverRequest): Promise<ReceiverAnswer> {
  if (request.kind === 'open') {
    const spool = await IncomingSpool.open(request.folder, {
      limitBytes: Number.MAX_SAFE_INTEGER,
      spareLogs: SPARE_LOGS,
    });
    // As a node has it that received something before, a few seconds ago.
    await spool.prepare();
    const receive = async (instance: Parameters<typeof spool.receive>[0]) => {
      await spool.receive(instance);
    };
    const scp = await openStorageScp({ host: '127.0.0.1', port: 0, aeTitle: 'UNICA', peers: [], receive });
    open = { spool, scp };
    return { port: scp.port, waitingFiles: 0 };
  }
  await open?.scp.close();
  await open?.spool.close();
  return { port: 0, waitingFiles: open?.spool.waitingFiles ?? 0 };
}
