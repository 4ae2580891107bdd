/** Points of the device for one of the page. More than two are not seen, and cost four times the work. */
export function devicePixels(): number {
  return Math.min(2, Math.max(1, window.devicePixelRatio));
}
