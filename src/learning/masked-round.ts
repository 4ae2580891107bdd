import { addNumbers, isAdvertOf, isSurvivorsSignatureOf, type Mask, MaskStream, masksOfSum } from '#aggregation';
import { canonicalJson, fromUtf8, type Json, UnicaError, utf8 } from '#base';
import { parameterTable } from '#engine';
import type { BlobReader, BlobStore } from '#store';
import { type JobSpec, type KeyAdvert, type SumReceipt, type SumStep, type SumStepName, sumReceiptSchema } from '#wire';
import { lengthsOf, type NumberFile, openNumbers } from './change-blocks.ts';
import type { JobState, SumState } from './job-view.ts';
import { lanesOf, numberGrid, weightOf } from './number-grid.ts';
import { roundRate } from './round-rate.ts';
import type { SummedUpdates } from './strategy.ts';

/** Answers that take no time are waited for this long before a step goes on without the others; a masked update as long as a round. */
const STEP_DEADLINE_MS = 60_000;

/** When a step may go on without those that have not answered. */
export function sumDeadlineMs(spec: JobSpec, step: SumStepName, nowMs: number): number {
  return nowMs + (step === 'send-masked' ? spec.roundDeadlineMs : Math.min(STEP_DEADLINE_MS, spec.roundDeadlineMs));
}

/** What a site is asked at the open step. */
export async function sumStepFor(
  siteId: string,
  { sum, blobs }: { readonly sum: SumState; readonly blobs: BlobStore },
): Promise<SumStep> {
  switch (sum.step) {
    case 'deal-shares':
      return { step: 'deal-shares', adverts: [...sum.group] };
    case 'send-masked': {
      const shares: { from: string; sealed: string }[] = [];
      for (const from of sum.sites.filter((dealer) => dealer !== siteId)) {
        const dealt = await answerOf({ sum, blobs }, 'deal-shares', from);
        const sealed = dealt.shares.find(({ to }) => to === siteId)?.sealed;
        if (sealed !== undefined) shares.push({ from, sealed });
      }
      return { step: 'send-masked', dealers: [...sum.sites], shares };
    }
    case 'sign-survivors':
      return { step: 'sign-survivors', survivors: [...sum.sites] };
    case 'open-sum': {
      const signatures: { siteId: string; signature: string }[] = [];
      for (const signer of sum.sites) {
        const { signature } = await answerOf({ sum, blobs }, 'sign-survivors', signer);
        signatures.push({ siteId: signer, signature });
      }
      return { step: 'open-sum', signatures };
    }
  }
}

/** @throws UnicaError `learning.update-refused` where the keys are another site's, another round's or signed by another key. */
export function checkAdvert(
  state: JobState,
  {
    siteId,
    round,
    advert,
    publicKey,
  }: { siteId: string; round: number; advert: KeyAdvert; publicKey: string | undefined },
): void {
  const { jobId, specSha256 } = state.view;
  const own = advert.siteId === siteId && publicKey !== undefined;
  if (own && isAdvertOf(publicKey, { jobId, round, specSha256 }, advert)) return;
  throw new UnicaError('learning.update-refused', { problem: 'its keys for the round are not signed by its own key' });
}

/**
 * Takes an answer to the open step, as content to be kept. The digest of a masked update is its content's.
 * @throws UnicaError `aggregation.refused` where it does not answer what was asked.
 */
export async function takenAnswer(
  {
    siteId,
    receipt,
    publicKey,
  }: { readonly siteId: string; readonly receipt: SumReceipt; readonly publicKey: string | undefined },
  { state, sum, blobs }: { readonly state: JobState; readonly sum: SumState; readonly blobs: BlobStore & BlobReader },
): Promise<string> {
  const { spec } = state.view;
  switch (receipt.kind) {
    case 'shares-dealt': {
      const others = sum.group.flatMap((advert) => (advert.siteId === siteId ? [] : advert.siteId));
      checkNames(
        receipt.shares.map(({ to }) => to),
        others,
      );
      break;
    }
    case 'masked-sent': {
      const bytes = 4 * parameterTable(spec.model).total * lanesOf(spec);
      const content = await blobs.open(receipt.maskedSha256);
      await content.close();
      if (content.sizeBytes !== bytes) throw refused(`its masked update has ${content.sizeBytes} bytes, not ${bytes}`);
      return receipt.maskedSha256;
    }
    case 'survivors-signed': {
      const text = { ...roundOf(state), group: sum.group, dealers: sum.dealers, survivors: sum.survivors };
      if (publicKey === undefined || !isSurvivorsSignatureOf(publicKey, text, receipt.signature)) {
        throw refused('its signature is not under the sites that it was asked to sign');
      }
      break;
    }
    case 'sum-opened':
      checkNames(
        receipt.selfMasks.map(({ of }) => of),
        sum.survivors,
      );
      checkNames(
        receipt.maskKeys.map(({ of }) => of),
        sum.dealers.filter((dealer) => !sum.survivors.includes(dealer)),
      );
      break;
  }
  return (await blobs.put(utf8(canonicalJson(receipt as Json)))).sha256;
}

/** The masked updates of a round and what takes the masks off their sum. */
export interface MaskedUpdates extends Pick<SummedUpdates, 'weight' | 'sites' | 'learningRate'> {
  /** Digests of the masked numbers, one file for each site of the sum. */
  readonly files: readonly string[];
  readonly masks: readonly Mask[];
}

/** What a round is added up of. @throws UnicaError `aggregation.aborted`. */
export async function maskedUpdates(
  state: JobState,
  { sum, blobs }: { readonly sum: SumState; readonly blobs: BlobStore },
): Promise<MaskedUpdates> {
  const { spec, rounds } = state.view;
  const grid = numberGrid(spec);
  if (grid === undefined) throw new RangeError('masked updates need a grid');
  const { survivors, dealers, group } = sum;
  const openings = new Map<string, Extract<SumReceipt, { kind: 'sum-opened' }>>();
  for (const siteId of sum.answers['open-sum'].keys()) {
    openings.set(siteId, await answerOf({ sum, blobs }, 'open-sum', siteId));
  }
  const masks = masksOfSum({ ...roundOf(state), group, dealers, survivors, openings });
  const films = rounds.at(-1)?.sites.filter(({ siteId }) => survivors.includes(siteId)) ?? [];
  const weight = films.reduce((total, { metrics }) => total + weightOf(metrics?.samples ?? 0, grid), 0);
  const files = survivors.map((siteId) => sum.answers['send-masked'].get(siteId) ?? '');
  return { files, masks, weight, sites: survivors.length, learningRate: roundRate(spec, sum.round) };
}

/**
 * The sum of a round, its masks taken off, so many numbers at a time: one block of each file is held.
 * @throws UnicaError `store.blob-missing`, `store.blob-damaged`.
 */
export async function* summedBlocks(
  { files, masks, ...rest }: MaskedUpdates,
  { lengths, blobs }: { readonly lengths: Iterable<number>; readonly blobs: BlobReader },
): AsyncGenerator<SummedUpdates> {
  const opened: NumberFile[] = [];
  const stream = new MaskStream(masks);
  try {
    for (const sha256 of files) opened.push(await openNumbers(blobs, sha256));
    for (const length of lengths) {
      const numbers = new Int32Array(length);
      for (const bytes of await Promise.all(opened.map((file) => file.next(length)))) addNumbers(numbers, bytes);
      stream.addTo(numbers);
      yield { numbers, ...rest };
    }
  } finally {
    await Promise.all(opened.map((file) => file.close()));
  }
}

/** The sum of a round in one piece; of the files one block each is held, as by {@link summedBlocks}. @throws UnicaError as it. */
export async function summedWhole(updates: MaskedUpdates, total: number, blobs: BlobReader): Promise<SummedUpdates> {
  const { files: _, masks: __, ...rest } = updates;
  const numbers = new Int32Array(total);
  let at = 0;
  for await (const block of summedBlocks(updates, { lengths: lengthsOf(total, updates.files.length), blobs })) {
    numbers.set(block.numbers, at);
    at += block.numbers.length;
  }
  return { numbers, ...rest };
}

const KINDS = {
  'deal-shares': 'shares-dealt',
  'send-masked': 'masked-sent',
  'sign-survivors': 'survivors-signed',
  'open-sum': 'sum-opened',
} as const;

/** Whether a receipt answers a step. */
export function answersStep(step: SumStepName, receipt: SumReceipt): boolean {
  return KINDS[step] === receipt.kind;
}

async function answerOf<Step extends SumStepName>(
  { sum, blobs }: { readonly sum: SumState; readonly blobs: BlobStore },
  step: Step,
  siteId: string,
): Promise<Extract<SumReceipt, { kind: (typeof KINDS)[Step] }>> {
  const bytes = await blobs.get(sum.answers[step].get(siteId) ?? '');
  const receipt = sumReceiptSchema.parse(JSON.parse(fromUtf8(bytes)));
  if (receipt.kind !== KINDS[step]) throw new UnicaError('internal');
  return receipt as Extract<SumReceipt, { kind: (typeof KINDS)[Step] }>;
}

function roundOf({ view, sum }: JobState) {
  return { jobId: view.jobId, specSha256: view.specSha256, round: sum?.round ?? 0 };
}

function checkNames(given: readonly string[], wanted: readonly string[]): void {
  if ([...given].sort().join(' ') !== [...wanted].sort().join(' ')) {
    throw refused('it does not answer for the sites that it was asked about');
  }
}

function refused(problem: string): UnicaError {
  return new UnicaError('aggregation.refused', { problem });
}
