import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { silentLog } from '#base';
import { openClinic } from './clinic-house.ts';
import { nodeConfig } from './config.ts';
import { KillSwitch } from './kill-switch.ts';
import { openNode } from './open-node.ts';
import { enrolledHome } from './receiver-rig.ts';

/** What a queue of studies took. */
export interface ClinicLoad {
  readonly scored: number;
  readonly refused: number;
  /** By the clock, from the first film that arrives to the last result that is kept. */
  readonly seconds: number;
  /** Of the node and of the processes that score, without their start. */
  readonly processorSeconds: number;
}

/**
 * Lets studies arrive at a node with these models shown and scores them through its queue, spool and database, for a benchmark. One
 * study of each model is scored before, so that the models are loaded. @param folder an empty one, which whoever made it removes
 */
export async function clinicLoad(
  studies: readonly (readonly Uint8Array[])[],
  {
    folder,
    models,
    processes,
  }: { readonly folder: string; readonly models: readonly string[]; readonly processes: number },
): Promise<ClinicLoad> {
  const [home, arrived] = [join(folder, 'home'), join(folder, 'arrived')];
  for (const path of [home, arrived]) await mkdir(path);
  await enrolledHome(home);
  const config = nodeConfig({ home, port: '0', scoringProcesses: String(processes) });
  const node = await openNode(config, silentLog);
  const killSwitch = await KillSwitch.open(node.database.kysely);
  const clinic = await openClinic(node, { killSwitch, log: silentLog, pace: { queue: { quietMs: 0 } } });
  try {
    for (const { name, present } of await clinic.models.list()) {
      if (!models.includes(name) || present === null) continue;
      const { version, digest } = present;
      await clinic.models.decide(name, { mode: 'shown', version, digest, alarmFrom: 0.5 }, 'person:owner');
    }
    const paths: string[][] = [];
    for (const [number, films] of studies.entries()) {
      const own = films.map((_, place) => join(arrived, `${number}-${place}.dcm`));
      for (const [place, bytes] of films.entries()) await writeFile(own[place] ?? '', bytes);
      paths.push(own);
    }
    // Each process loads both models with the first studies that it reads.
    const warm = 4 * processes;
    for (const own of paths.slice(0, warm)) await clinic.queue.take(own);
    await clinic.queue.settle();
    const rows = async () =>
      await node.database.kysely
        .selectFrom('clinic_results')
        .select(['result_id', 'outcome', 'processor_ms'])
        .execute();
    const before = new Set((await rows()).map(({ result_id }) => result_id));
    const [beganMs, cpu] = [performance.now(), process.cpuUsage()];
    for (const own of paths.slice(warm)) await clinic.queue.take(own);
    await clinic.queue.settle();
    const { user, system } = process.cpuUsage(cpu);
    const made = (await rows()).filter(({ result_id }) => !before.has(result_id));
    const scoringMs = made.reduce((sum, { processor_ms }) => sum + Number(processor_ms), 0);
    return {
      scored: made.filter(({ outcome }) => outcome === 'scored').length,
      refused: made.filter(({ outcome }) => outcome === 'refused').length,
      seconds: (performance.now() - beganMs) / 1000,
      processorSeconds: (user + system) / 1e6 + scoringMs / 1000,
    };
  } finally {
    await clinic.close();
    await node.close();
  }
}
