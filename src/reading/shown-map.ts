/**
 * A map as it is shown: bytes on one scale for all films, 255 a probability of one. A method that knows only "more here than there"
 * (its own highest value is one on every film) is laid below the score of the film, so that a film scored 1 % is never coloured
 * in full; the model's own answer by place is below it already and stays as it is.
 */
export function shownMap(values: Float32Array, score: number): Uint8Array {
  let highest = 0;
  for (const value of values) if (value > highest) highest = value;
  const ceiling = Math.min(1, Math.max(0, score));
  const scale = highest > ceiling ? ceiling / highest : 1;
  // What is no number colours nothing.
  return Uint8Array.from(values, (value) => (value > 0 ? Math.round(255 * Math.min(1, value * scale)) : 0));
}
