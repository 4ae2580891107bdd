/** So many people of so many, each a figure; the words beside it say the same. */
export function IconArray({ of, count }: { readonly of: 100 | 1000; readonly count: number }) {
  const across = of === 100 ? 10 : 40;
  const people = Array.from({ length: of }, (_, at) => at);
  return (
    <svg className="icon-array" viewBox={`0 0 ${across * 12} ${(of / across) * 16}`} aria-hidden="true">
      {people.map((at) => (
        <g
          key={at}
          transform={`translate(${(at % across) * 12} ${Math.floor(at / across) * 16})`}
          data-affected={at < count || undefined}
        >
          <circle cx="6" cy="4" r="2.8" />
          <path d="M2 14.5v-4a3 3 0 0 1 3-3h2a3 3 0 0 1 3 3v4z" />
        </g>
      ))}
    </svg>
  );
}
