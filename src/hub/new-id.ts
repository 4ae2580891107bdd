import { randomBytes } from 'node:crypto';

/** A new id of the hub's: a prefix that says of what, and 80 random bits. */
export function newId(prefix: string): string {
  return `${prefix}-${randomBytes(10).toString('hex')}`;
}
