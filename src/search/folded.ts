/** A text as questions compare it: case and outer white space say nothing. */
export function folded(text: string): string {
  return text.trim().toLowerCase();
}
