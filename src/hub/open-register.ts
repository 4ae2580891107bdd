import type { Clock } from '#base';

/** However quiet the house is: permits run out by time alone. */
const GOOD_FOR_MS = 30_000;

/**
 * What everybody may read, such as the public register: worked out once for all who read it in the same moment and kept while nothing is written to the journal:
 * anybody may ask for it as often as they like, and it reads every request.
 */
export function openRegister<Register>(house: {
  readonly clock: Clock;
  /** Number of the newest entry of the journal: it goes up with whatever happens in the house. */
  readonly head: () => Promise<number>;
  readonly make: () => Promise<Register>;
}): () => Promise<Register> {
  let kept: { readonly head: number; readonly untilMs: number; readonly register: Promise<Register> } | undefined;
  return async () => {
    // First the number, then the rest: what is told of in the journal by now is in what is read after it.
    const head = await house.head();
    if (kept?.head === head && house.clock() < kept.untilMs) return await kept.register;
    const making = { head, untilMs: house.clock() + GOOD_FOR_MS, register: house.make() };
    kept = making;
    try {
      return await making.register;
    } catch (error) {
      if (kept === making) kept = undefined;
      throw error;
    }
  };
}
