import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { UnicaError } from '#base';
import { echo, type RemoteSystem, store } from '#dimse';
import { fictitiousObject, outgoing } from './receiver-rig.ts';

/** Objects that {@link fillPacs} puts into an archive: three studies, four to a study at most. */
export const FILMS = 10;

/** Waits until an archive that was started for a test answers, then puts films of three studies into it. */
export async function fillPacs(child: ChildProcess, remote: RemoteSystem): Promise<void> {
  await answering(child, remote);
  const films = Array.from({ length: FILMS }, (_, number) => outgoing(fictitiousObject(number)));
  for await (const { kind } of store(remote, films)) assert.equal(kind, 'stored');
}

async function answering(child: ChildProcess, remote: RemoteSystem): Promise<void> {
  for (;;) {
    assert.equal(child.exitCode, null, `${child.spawnfile} ended`);
    try {
      await echo(remote);
      return;
    } catch (error) {
      if (!(error instanceof UnicaError) || error.code !== 'dimse.unreachable') throw error;
      await sleep(20);
    }
  }
}
