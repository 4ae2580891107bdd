import { datasetPage, recordAddresses, signpostsOf, toTurtle, typedFieldOf, utilityLabel } from '#record';
import { fairScore, readRdf, standingOf } from '#shacl';
import type { DatasetRecord, RecordStandingView } from '#wire';

/** Where a record stands on its way into the catalogue of a hub, with what it lacks and who fills it. */
export async function recordStanding(record: DatasetRecord, hubUrl: string): Promise<RecordStandingView> {
  const at = recordAddresses(hubUrl, record.siteId, record.name);
  const turtle = toTurtle(record, at);
  const { state, missing } = await standingOf({
    'eucaim-v2': toTurtle(record, at, 'eucaim-v2'),
    'healthdcat-r8': turtle,
  });
  // As the hub will answer it: a landing page, signposts, tables at their addresses.
  const surroundings = { page: datasetPage(record, at), link: signpostsOf(at), isServed: true };
  const fair = fairScore(await readRdf(new TextEncoder().encode(turtle), 'turtle'), surroundings);
  return {
    record,
    address: at.dataset,
    state,
    missing: missing.flatMap(({ profile, findings }) =>
      findings.map(({ path, message, fix }) => ({ profile, field: typedFieldOf(path) ?? null, path, message, fix })),
    ),
    turtle,
    fair: structuredClone(fair) as RecordStandingView['fair'],
    label: utilityLabel(record),
  };
}
