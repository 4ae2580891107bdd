import { type Clock, UnicaError } from '#base';

/**
 * How often something may be asked that needs no account: so many times at once, and after that one more each time that a while has passed.
 * One allowance is for all callers together: who they are is not known, and behind a proxy their addresses are one.
 */
export function openAllowance({
  most,
  everyMs,
  clock,
}: {
  readonly most: number;
  readonly everyMs: number;
  readonly clock: Clock;
}): { /** @throws UnicaError `http.too-often` */ take(): void } {
  let left = most;
  let filledAtMs = clock();
  return {
    take() {
      const now = clock();
      // A clock that was set back gives nothing and takes nothing.
      const grown = Math.max(0, Math.floor((now - filledAtMs) / everyMs));
      left = Math.min(most, left + grown);
      filledAtMs = left === most || now < filledAtMs ? now : filledAtMs + grown * everyMs;
      if (left === 0) throw new UnicaError('http.too-often', { seconds: Math.max(1, Math.ceil(everyMs / 1000)) });
      left -= 1;
    },
  };
}
