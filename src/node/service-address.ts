import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { folderHolder, replaceFile } from '#store';

const addressSchema = z.strictObject({ url: z.url(), pid: z.number().int() });

/** Leaves in the home where its service is reached: a command may be given other settings than the service was. */
export async function leaveAddress(home: string, url: string): Promise<void> {
  await replaceFile(placeOf(home), JSON.stringify({ url, pid: process.pid }));
}

/** Where the service that has a home now is reached; undefined where none has it, or where it did not say. */
export async function serviceAddress(home: string): Promise<string | undefined> {
  const holder = await folderHolder(home).catch(() => undefined);
  const text = await readFile(placeOf(home), 'utf8').catch(() => undefined);
  if (holder === undefined || text === undefined) return undefined;
  try {
    const { url, pid } = addressSchema.parse(JSON.parse(text));
    return pid === holder.pid ? url : undefined;
  } catch {
    return undefined;
  }
}

/** Belongs to a process, not to the node: no backup has it. */
function placeOf(home: string): string {
  return join(home, 'in-use.address.json');
}
