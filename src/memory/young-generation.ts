import { setFlagsFromString } from 'node:v8';

let isKeptSmall = false;

/**
 * From now on no thread of this process grows the part of its heap that young objects begin in; what is grown already stays. It is
 * 32 MB where a house has much on its way, of which a quick collection leaves next to nothing.
 */
export function keepYoungGenerationSmall(): void {
  isKeptSmall = true;
  setFlagsFromString('--semi-space-growth-factor=1');
}

/** Each thread that begins takes it back for all, so that it is said again now and then where it was asked for. */
export function keepAsAsked(): void {
  if (isKeptSmall) keepYoungGenerationSmall();
}
