/** Ways in which a record is answered, and their media types. */
export const RECORD_TYPES = { ttl: 'text/turtle', jsonld: 'application/ld+json', html: 'text/html' } as const;

/** One of {@link RECORD_TYPES}. */
export type RecordType = keyof typeof RECORD_TYPES;

/**
 * The best of `offered` for an `Accept` header (RFC 9110 section 12.5.1), the first of them where all are as welcome;
 * undefined when none is.
 */
export function negotiate<Type extends string>(
  accept: string | undefined,
  offered: readonly { readonly name: Type; readonly mediaType: string }[],
): Type | undefined {
  if (accept === undefined || accept.trim() === '') return offered[0]?.name;
  const ranges = accept
    .slice(0, 1000)
    .split(',')
    .map((part) => {
      const [range = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
      const weight = parameters.find((one) => one.startsWith('q='));
      const q = weight === undefined ? 1 : Number(weight.slice(2));
      return { range, q: Number.isFinite(q) ? Math.min(1, Math.max(0, q)) : 0 };
    });
  const qualityOf = (mediaType: string): number => {
    const [kind = ''] = mediaType.split('/');
    // The most specific range counts.
    for (const wanted of [mediaType, `${kind}/*`, '*/*']) {
      const found = ranges.filter(({ range }) => range === wanted);
      if (found.length > 0) return Math.max(...found.map(({ q }) => q));
    }
    return 0;
  };
  const rated = offered.map(({ name, mediaType }) => ({ name, q: qualityOf(mediaType) }));
  const best = Math.max(...rated.map(({ q }) => q));
  return best > 0 ? rated.find(({ q }) => q === best)?.name : undefined;
}
