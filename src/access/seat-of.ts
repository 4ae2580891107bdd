/** Somebody who did something at a committee, and whose seat it was: undefined where it is their own. */
export interface Seated {
  readonly by: string;
  readonly seat?: string | undefined;
}

/** The member whose seat it is. */
export function seatOf({ by, seat }: Seated): string {
  return seat ?? by;
}

/** Whether two acts are of one person or of one seat: a member and whoever stands in for them have one vote together. */
export function isSameSeat(one: Seated, other: Seated): boolean {
  return one.by === other.by || seatOf(one) === seatOf(other);
}
