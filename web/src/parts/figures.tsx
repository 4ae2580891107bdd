/** One large figure. */
export interface Figure {
  readonly label: string;
  readonly value: string;
  /** Set for a phrase instead of a number, which is set smaller. */
  readonly inWords?: boolean;
}

/** A row of large figures. */
export function Figures({ figures }: { readonly figures: readonly Figure[] }) {
  return (
    <dl className="figures">
      {figures.map(({ label, value, inWords }) => (
        <div className="figure" key={label}>
          <dt>{label}</dt>
          <dd className={inWords ? 'in-words' : undefined}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
