import type { WorkParts } from './work-parts.ts';

/**
 * Removes an update that a job is done with, unless another job needs the same content: jobs of the same seed on the same films
 * make the same updates, and content of one digest lies here once.
 * @param how.isTaken the hub has it: whoever else would send it is told so
 */
export async function letGoOfUpdate(
  { db, masking }: { readonly db: WorkParts['db']; readonly masking: Pick<WorkParts['masking'], 'sums' | 'blobs'> },
  updateSha256: string,
  { jobId, isTaken }: { readonly jobId: string; readonly isTaken: boolean },
): Promise<void> {
  // Mostly it was let go of when the hub took it.
  if (!(await masking.blobs.has(updateSha256))) return;
  // One that is kept back to be masked the hub must never be asked about.
  if (await masking.sums.needs(updateSha256)) return;
  if (!isTaken && (await isNewestOfAnother(db, updateSha256, jobId))) return;
  await masking.blobs.remove(updateSha256);
}

/** Whether the last round that another job finished here has that update: it may not have left yet. */
async function isNewestOfAnother(db: WorkParts['db'], updateSha256: string, jobId: string): Promise<boolean> {
  const row = await db
    .selectFrom('finished_rounds as own')
    .select('own.round')
    .where('own.update_sha256', '=', updateSha256)
    .where('own.job_id', '!=', jobId)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('finished_rounds as later')
            .select('later.round')
            .whereRef('later.job_id', '=', 'own.job_id')
            .whereRef('later.round', '>', 'own.round'),
        ),
      ),
    )
    .executeTakeFirst();
  return row !== undefined;
}
