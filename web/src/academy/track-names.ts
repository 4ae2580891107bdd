import { TRACKS, type TrackName } from '#academy';

/** Tracks in the order in which they are offered. */
export const TRACK_NAMES = Object.keys(TRACKS) as readonly TrackName[];
