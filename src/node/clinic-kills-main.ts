// Entry of a process that a test kills: it takes films into the queue, scores and sends them, and tells each step.
import { silentLog } from '#base';
import { openClinic } from './clinic-house.ts';
import { nodeConfig } from './config.ts';
import { KillSwitch } from './kill-switch.ts';
import { openNode } from './open-node.ts';

/** What it is to do. */
export interface KilledClinicOrder {
  readonly home: string;
  readonly paths: readonly string[];
}

process.once('message', (order: KilledClinicOrder) => {
  void work(order).then(
    () => process.exit(0),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});

async function work({ home, paths }: KilledClinicOrder): Promise<void> {
  const node = await openNode(nodeConfig({ home }), silentLog);
  const killSwitch = await KillSwitch.open(node.database.kysely);
  const clinic = await openClinic(node, { killSwitch, log: silentLog, pace: { queue: { quietMs: 0 } } });
  const tell = () => process.send?.('step');
  clinic.start();
  for (const path of paths) {
    // As the receiver, which brings a film again as long as nobody has confirmed that it is safe.
    await clinic.queue.take([path]);
    tell();
  }
  for (;;) {
    await clinic.queue.settle();
    tell();
    await clinic.sender.settle();
    tell();
    const waiting = await node.database.kysely
      .selectFrom('clinic_sendings')
      .select('state')
      .where('state', '=', 'waiting')
      .executeTakeFirst();
    const { studies } = await clinic.queue.waiting();
    if (waiting === undefined && studies === 0) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await clinic.close();
  await node.close();
}
