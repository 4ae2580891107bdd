/** What a state asks of the person: nothing, patience, attention. */
export type Tone = 'good' | 'warn' | 'bad' | 'info' | 'quiet';

/** A state in words, coloured; the word alone suffices. */
export function StateBadge({ tone, label }: { readonly tone: Tone; readonly label: string }) {
  return (
    <span className="badge" data-tone={tone} data-hollow={tone === 'quiet' ? '' : undefined}>
      {label}
    </span>
  );
}
