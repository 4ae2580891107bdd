import { UnicaError } from '#base';
import type { Identify } from '#http';
import type { RequestHeaders } from '#identity';
import { agreeOnWire, OWN_WIRE_RANGE, readWireRange, WIRE_HEADER, type WireRange, wireRangeText } from '#wire';

const NODE_PATHS = '/api/v1/node/';

/**
 * Looks at the versions a node speaks before anything else of its request, so that one that is too old or too new is told so and
 * not that its message is not as described. Nodes that do not say are looked at when their message is.
 */
export function checkingWire(identify: Identify): Identify {
  return async (request) => {
    const said = request.headers[WIRE_HEADER];
    const theirs = typeof said === 'string' ? readWireRange(said) : undefined;
    if (theirs !== undefined && request.path.startsWith(NODE_PATHS)) checkWire(theirs);
    return await identify(request);
  };
}

/** The version of the messages that a node, by its header, and this hub speak; the oldest where it does not say. */
export function agreedVersion(headers: RequestHeaders): number {
  const said = headers[WIRE_HEADER];
  const theirs = typeof said === 'string' ? readWireRange(said) : undefined;
  const agreed = theirs === undefined ? undefined : agreeOnWire(theirs, OWN_WIRE_RANGE);
  return typeof agreed === 'number' ? agreed : OWN_WIRE_RANGE.oldest;
}

/** @throws UnicaError `hub.wire-version` where node and hub have no version in common */
export function checkWire(theirs: WireRange): void {
  const agreed = agreeOnWire(theirs, OWN_WIRE_RANGE);
  if (typeof agreed === 'number') return;
  throw new UnicaError('hub.wire-version', {
    which: agreed === 'too-old' ? 'old' : 'new',
    theirs: wireRangeText(theirs),
    ours: wireRangeText(OWN_WIRE_RANGE),
  });
}
