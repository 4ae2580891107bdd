import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { HouseWords, ToldTexts } from './house-words.ts';

const loaders = import.meta.glob<ToldTexts>(['./errors/*.json', './checks/*.json'], { import: 'default' });

/** What houses say in the reader's language: null where they are English anyway or cannot be had, undefined while they come. */
export function useHouseWords(): HouseWords | null | undefined {
  const { i18n } = useTranslation();
  const [errors, checks] = ['errors', 'checks'].map((table) => loaders[`./${table}/${i18n.language}.json`]);
  const isTranslated = errors !== undefined && checks !== undefined;
  const { data, isPending } = useQuery({
    queryKey: ['house-words', i18n.language],
    queryFn: async () => {
      const [{ HouseWords }, ...tables] = await Promise.all([
        import('./house-words.ts'),
        errors?.() ?? {},
        checks?.() ?? {},
      ]);
      return new HouseWords(...tables);
    },
    enabled: isTranslated,
    // It is part of the program: as old as the page, and often wanted when the house is out of reach.
    ...{ staleTime: Number.POSITIVE_INFINITY, gcTime: Number.POSITIVE_INFINITY, networkMode: 'always', retry: false },
  });
  if (!isTranslated) return null;
  return isPending ? undefined : (data ?? null);
}
