import { useHouseWords } from '../i18n/use-house-words.ts';

/** What a house said, in the reader's language where it is of the table of errors; else, and what stands in it, in English. */
export function Told({ children: text }: { readonly children: string }) {
  const words = useHouseWords();
  // Nothing for the moment it takes: a live region would read it twice.
  if (words === undefined) return null;
  const pieces = words?.said(text);
  if (pieces === undefined) return <span lang="en">{text}</span>;
  return pieces.map(({ text: piece, isForeign }, place) =>
    isForeign ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one sentence keep their order.
      <span key={place} lang="en">
        {piece}
      </span>
    ) : (
      piece
    ),
  );
}
