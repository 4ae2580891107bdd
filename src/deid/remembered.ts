/** Texts that are remembered at once, and their characters; files with more of them come to no harm but slower. */
const MOST_TEXTS = 10_000;
const MOST_CHARACTERS = 1_000_000;

/** A function of texts that works out each of them once. */
export function remembered<Result extends {}>(work: (text: string) => Result): (text: string) => Result {
  const known = new Map<string, Result>();
  let characters = 0;
  return (text) => {
    let result = known.get(text);
    if (result === undefined) {
      result = work(text);
      characters += text.length;
      if (known.size >= MOST_TEXTS || characters > MOST_CHARACTERS) {
        known.clear();
        characters = text.length;
      }
      known.set(text, result);
    }
    return result;
  };
}
