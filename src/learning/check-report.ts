import { UnicaError } from '#base';
import type { SiteRound } from '#wire';
import { MOST_FILMS } from './fixed-point.ts';

/** No mean loss of a model that is of any use comes near. */
const LARGEST_LOSS = 1e6;

/**
 * Checks what a site says of its round before it is recorded: a figure that could not be summed up when the round closes
 * would otherwise keep it from ever closing.
 * @param sites sites of the round; each may bring its share of the films that can be added up
 * @throws UnicaError `learning.update-refused`.
 */
export function checkReport({ samples, loss }: SiteRound, sites: number): void {
  if (samples < 1) throw new UnicaError('learning.update-refused', { problem: 'it was made from no films' });
  if (samples > Math.floor(MOST_FILMS / sites)) {
    throw new UnicaError('learning.update-refused', { problem: 'it claims more films than can be added up' });
  }
  if (!(Math.abs(loss) <= LARGEST_LOSS)) {
    throw new UnicaError('learning.update-refused', { problem: 'its loss is beyond all measure' });
  }
}
