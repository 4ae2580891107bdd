import type { z } from 'zod';
import { parseAccept, parseSearch, type SearchLevel, type SearchRow, searchResult } from '#dicomweb';
import { type AnyRoute, type Call, route, type StreamReply } from '#http';
import { type DicomwebHouse, dicomwebUrl, resourceUrl } from './dicomweb-house.ts';
import { jsonReply } from './dicomweb-replies.ts';
import { parametersOf, scopeOf, searchParameters, seriesParams, studyParams } from './dicomweb-requests.ts';

/** Who may look at de-identified images at their own node. */
export const VIEWERS = ['operator', 'curator', 'protection-officer', 'clinician'] as const;

interface SearchRoute {
  readonly path: string;
  readonly level: SearchLevel;
  readonly summary: string;
  readonly params?: z.ZodType<{ readonly study?: string; readonly series?: string }>;
  /** The first level whose attributes the address does not fix. */
  readonly fromLevel: SearchLevel;
}

const SEARCHES: readonly SearchRoute[] = [
  { path: '/studies', level: 'study', summary: 'Search for studies (QIDO-RS)', fromLevel: 'study' },
  { path: '/series', level: 'series', summary: 'Search for series (QIDO-RS)', fromLevel: 'study' },
  { path: '/instances', level: 'instance', summary: 'Search for images (QIDO-RS)', fromLevel: 'study' },
  {
    path: '/studies/:study/series',
    level: 'series',
    summary: 'Series of a study (QIDO-RS)',
    params: studyParams,
    fromLevel: 'series',
  },
  {
    path: '/studies/:study/instances',
    level: 'instance',
    summary: 'Images of a study (QIDO-RS)',
    params: studyParams,
    fromLevel: 'series',
  },
  {
    path: '/studies/:study/series/:series/instances',
    level: 'instance',
    summary: 'Images of a series (QIDO-RS)',
    params: seriesParams,
    fromLevel: 'instance',
  },
];

/** Searches of `/dicom-web` (PS3.18 section 10.6). */
export function dicomwebSearchRoutes(house: DicomwebHouse): readonly AnyRoute[] {
  return SEARCHES.map((search) =>
    route({
      method: 'GET',
      path: `/dicom-web${search.path}`,
      access: VIEWERS,
      summary: search.summary,
      ...(search.params === undefined ? {} : { params: search.params }),
      query: searchParameters,
      reply: 'stream',
      handle: async (call) => await answer(house, search, call),
    }),
  );
}

async function answer(
  house: DicomwebHouse,
  { level, fromLevel }: SearchRoute,
  call: Pick<Call<unknown, z.output<typeof searchParameters>, unknown>, 'params' | 'query' | 'headers'>,
): Promise<StreamReply> {
  const accept = parseAccept(call.headers['accept'] as string | undefined);
  const { accept: _, ...parameters } = parametersOf(call.query);
  const query = parseSearch(level, parameters);
  const scope = scopeOf((call.params ?? {}) as { readonly study?: string; readonly series?: string });
  const rows = await house.index.search(query, scope, await house.hidden());
  const base = dicomwebUrl(house, call.headers['host']);
  const results = rows
    .slice(0, query.limit)
    .map((row) => searchResult(row, query, { retrieveUrl: retrieveUrl(base, row, level), fromLevel }));
  return jsonReply(accept, results, {
    warnings: [
      ...(rows.length > query.limit ? ['There are additional results that can be requested'] : []),
      ...(query.fuzzyAsked
        ? ['The fuzzymatching parameter is not supported. Only literal matching has been performed.']
        : []),
      ...(house.indexIsFilling() ? ['The index is still being filled; results may be missing.'] : []),
    ],
  });
}

function retrieveUrl(base: string, row: SearchRow, level: SearchLevel): string {
  const uid = (keyword: string) => String(row[keyword] ?? '');
  return resourceUrl(base, {
    studyInstanceUid: uid('StudyInstanceUID'),
    ...(level === 'study' ? {} : { seriesInstanceUid: uid('SeriesInstanceUID') }),
    ...(level === 'instance' ? { sopInstanceUid: uid('SOPInstanceUID') } : {}),
  });
}
