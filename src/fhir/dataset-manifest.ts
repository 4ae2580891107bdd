import type { DatasetSite, DatasetStudy } from './dataset-study.ts';
import { uidFrom } from './derived-ids.ts';
import type { Manifest } from './manifest.ts';
import { momentOf } from './moments.ts';

/** The imaging manifest of an examination of a dataset. */
export function manifestOfStudy(study: DatasetStudy, site: DatasetSite): Manifest {
  const written = momentOf(site.writtenAt);
  return {
    document: { value: `urn:oid:${uidFrom(`manifest ${site.siteId} ${study.studyInstanceUid}`)}` },
    written: written?.moment ?? { date: '19000101' },
    // Times of images carry no zone; the moment of writing is told in UTC.
    timezone: '+0000',
    title: 'Imaging manifest',
    studyInstanceUid: study.studyInstanceUid,
    studyDescription: study.description || undefined,
    studyStarted: momentIn(study.studyDate, study.studyTime),
    patient: {
      id: { value: study.person, issuer: `urn:unica:site:${site.siteId}:pseudonyms` },
      sex: study.sex ?? undefined,
    },
    manufacturer: 'UNICA',
    institution: site.name,
    series: study.series.map((series) => ({
      seriesInstanceUid: series.seriesInstanceUid,
      number: series.number ?? undefined,
      modality: series.modality || undefined,
      description: series.description || undefined,
      started: momentIn(series.date, series.time),
      retrieveUrl: site.retrieveUrl,
      instances: series.instances.map(({ sopInstanceUid, sopClassUid, number, frames }) => ({
        sopInstanceUid,
        sopClassUid,
        number: number ?? undefined,
        frames: frames === null || frames <= 1 ? undefined : frames,
      })),
    })),
  };
}

function momentIn(date: string, time: string): { readonly date: string; readonly time?: string } | undefined {
  if (!/^\d{8}$/.test(date)) return undefined;
  return time === '' ? { date } : { date, time };
}
