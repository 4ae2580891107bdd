import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import {
  academyKeysSchema,
  accessRequestSchema,
  activityVersionSchema,
  altruismSchema,
  approvalsSchema,
  auditViewSchema,
  checkedTablesSchema,
  clinicComparisonsSchema,
  clinicStateSchema,
  clinicWatchesSchema,
  committeeSchema,
  conceptsSchema,
  consentTextViewSchema,
  coursesSchema,
  dataQualitySchema,
  datasetGuideSchema,
  datasetListSchema,
  datasetVersionsSchema,
  dossierSchema,
  fairScoreSchema,
  foreignRecordDetailSchema,
  foreignRecordsSchema,
  harvestSourceSchema,
  importViewSchema,
  jobViewSchema,
  kitReachSchema,
  kitSchema,
  localRulesSchema,
  mappingElementsSchema,
  mappingStudioSchema,
  mappingTablesSchema,
  mappingValuesSchema,
  mappingVersionsSchema,
  maskedImageSchema,
  maskListSchema,
  maskSampleSchema,
  maskSamplesSchema,
  memberSchema,
  modelReportSchema,
  modelViewSchema,
  modelWatchesSchema,
  modelWatchSchema,
  networkProgressSchema,
  networkStateSchema,
  networkViewSchema,
  nodeDatasetsSchema,
  nodeStatusSchema,
  optOutExceptionsSchema,
  optOutListSchema,
  outgoingSchema,
  ownRecordSchema,
  paperConsentsSchema,
  permitPolicySchema,
  permitViewSchema,
  planSheetSchema,
  privacyLedgerSchema,
  protectionSchema,
  publicActivitiesSchema,
  publicRegisterSchema,
  quarantinedFileSchema,
  quarantineSchema,
  readingListSchema,
  readingQualitySchema,
  readingSettingsViewSchema,
  recordStandingSchema,
  searchFieldsSchema,
  searchViewSchema,
  sessionViewSchema,
  setupViewSchema,
  similarPermitsSchema,
  standingRulesSchema,
  targetHistorySchema,
  utilityLabelSchema,
  vouchedSchema,
  warehouseViewSchema,
} from '#wire';
import { filmHeads } from '../reading/film-head.ts';
import { listUnder, type Parser, readFrom, readText } from './http.ts';

/** Milliseconds between looks at what changes by itself. */
const LIVELY_MS = 3_000;
const CALM_MS = 15_000;
/** The whole of a node is measured each time. */
const SETUP_MS = 30_000;

function query<T>(key: readonly string[], path: string, parser: Parser<T>, refetchMs: number | false = false) {
  return queryOptions({
    queryKey: key,
    queryFn: ({ signal }) => readFrom(path, parser, signal),
    refetchInterval: refetchMs,
  });
}

const verificationParser: Parser<{
  readonly entries: number;
  readonly intact: boolean;
  readonly brokenAt: number | null;
}> = {
  parse(value) {
    const member = (name: string): unknown =>
      typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
    const [entries, intact, brokenAt] = [member('entries'), member('intact'), member('broken_at')];
    if (typeof entries !== 'number' || typeof intact !== 'boolean') throw new TypeError('not a verification');
    return { entries, intact, brokenAt: typeof brokenAt === 'number' ? brokenAt : null };
  },
};

/** Who is looking. */
export const sessionQuery = query(['session'], '/api/session', sessionViewSchema);

/** The way of a node to each tier; looked at again by itself while it waits for somebody else. */
export const setupQuery = queryOptions({
  ...query(['setup'], '/api/setup', setupViewSchema),
  refetchInterval: ({ state: { data } }) =>
    data?.steps.some(({ state }) => state === 'waits') === true ? LIVELY_MS : SETUP_MS,
});

/** Keys by which this house signs certificates of the academy. */
export const academyKeysQuery = query(['academy-keys'], '/api/academy/keys', academyKeysSchema);

/** Courses of the academy, for their trainers. */
export const coursesQuery = query(['courses'], '/api/academy/courses', coursesSchema, LIVELY_MS);

/** The network at a glance. */
export const networkQuery = query(['network'], '/api/network', networkViewSchema, CALM_MS);

/** The sites as the coordinator sees them. */
export const membersQuery = query(['members'], '/api/sites', listUnder('members', memberSchema), CALM_MS);

/** How far the network has come. */
export const progressQuery = query(['progress'], '/api/progress', networkProgressSchema, CALM_MS);

/** Everything that was ever set as a target. */
export const targetHistoryQuery = query(['target-history'], '/api/progress/targets', targetHistorySchema);

/** What the network does with others: the newest version of each activity. */
export const activitiesQuery = query(
  ['activities'],
  '/api/collaborations',
  listUnder('activities', activityVersionSchema),
);

/** Every version of an activity, newest first. */
export const activityVersionsQuery = (activityId: string) =>
  query(
    ['activity-versions', activityId],
    `/api/collaborations/${activityId}`,
    listUnder('activities', activityVersionSchema),
  );

/** What the network does with others, as far as it is public. */
export const publicActivitiesQuery = query(['public-activities'], '/api/state/collaborations', {
  parse: (answer: unknown) => publicActivitiesSchema.parse(answer).activities,
});

/** The state of the network for everybody. */
export const networkStateQuery = query(['network-state'], '/api/state', networkStateSchema, CALM_MS);

/** The campaign kit in a language, with a partner's name where one is chosen. */
export const kitQuery = (language: string, partner: string) =>
  query(
    ['kit', language, partner],
    `/api/kit?language=${language}${partner === '' ? '' : `&partner=${encodeURIComponent(partner)}`}`,
    kitSchema,
  );

/** How often the materials of the kit were used. */
export const kitReachQuery = query(['kit-reach'], '/api/kit/reach', kitReachSchema, CALM_MS);

/** Other catalogues that the hub reads. */
export const harvestSourcesQuery = query(
  ['harvest-sources'],
  '/api/harvest-sources',
  listUnder('sources', harvestSourceSchema),
  LIVELY_MS,
);

/** Records of other catalogues in which all the words are, from one on. */
export const foreignRecordsQuery = (words: string, offset: number) =>
  query(
    ['foreign-records', words, String(offset)],
    `/api/foreign-records?${new URLSearchParams({ words, offset: String(offset) })}`,
    foreignRecordsSchema,
  );

/** A record of another catalogue with what it lacks. */
export const foreignRecordQuery = (recordId: string) =>
  query(
    ['foreign-records', recordId],
    `/api/foreign-records/${encodeURIComponent(recordId)}`,
    foreignRecordDetailSchema,
  );

/** Published datasets. */
export const datasetsQuery = query(['datasets'], '/api/datasets', datasetListSchema);

/** All learning jobs. */
export const jobsQuery = query(['jobs'], '/api/jobs', listUnder('jobs', jobViewSchema), LIVELY_MS);

/** One learning job; its page is told by events when to look again. */
export const jobQuery = (jobId: string) =>
  query(['jobs', jobId], `/api/jobs/${encodeURIComponent(jobId)}`, jobViewSchema, CALM_MS);

/** A federated count; asked again while nodes have not answered. */
export const searchQuery = (searchId: string) =>
  queryOptions({
    queryKey: ['searches', searchId],
    queryFn: ({ signal }) => readFrom(`/api/searches/${encodeURIComponent(searchId)}`, searchViewSchema, signal),
    refetchInterval: ({ state }) => (state.data !== undefined && state.data.pending.length === 0 ? false : 700),
  });

/** Requests for access. */
export const accessRequestsQuery = query(
  ['access-requests'],
  '/api/access-requests',
  listUnder('requests', accessRequestSchema),
);

/** One request for access with its matching and record. */
export const accessRequestQuery = (requestId: string) =>
  query(
    ['access-requests', requestId],
    `/api/access-requests/${encodeURIComponent(requestId)}`,
    accessRequestSchema,
    CALM_MS,
  );

/** What the site of a permit holds it against. */
export const permitPolicyQuery = (permitId: string) =>
  query(['permits', permitId, 'policy'], `/api/permits/${encodeURIComponent(permitId)}/policy`, permitPolicySchema);

/** What trusted issuers vouch for of whoever asked. */
export const vouchedQuery = (requestId: string) =>
  query(['vouched', requestId], `/api/access-requests/${encodeURIComponent(requestId)}/vouched`, vouchedSchema);

/** The public register. */
export const registerQuery = query(['register'], '/api/register', publicRegisterSchema, CALM_MS);

/** Who decides for each holder. */
export const committeesQuery = query(['committees'], '/api/committees', listUnder('committees', committeeSchema));

/** Models in the clinic. */
export const clinicQuery = query(['clinic'], '/api/clinic', clinicStateSchema, CALM_MS);

/** Models held against readers. */
export const clinicComparisonQuery = query(['clinic', 'comparison'], '/api/clinic/comparison', clinicComparisonsSchema);

/** What the network asked of models in the clinic. */
export const clinicWatchesQuery = query(['clinic', 'watches'], '/api/clinic/watches', clinicWatchesSchema, CALM_MS);

/** Questions how models do in clinics. */
export const modelWatchesQuery = query(['model-watches'], '/api/model-watches', modelWatchesSchema, CALM_MS);

/** How a model does in the clinics that were asked. */
export const modelWatchQuery = (watchId: string) =>
  query(['model-watches', watchId], `/api/model-watches/${encodeURIComponent(watchId)}`, modelWatchSchema, CALM_MS);

/** What a node refuses, whatever a permit says. */
export const localRulesQuery = query(['local-rules'], '/api/local-rules', localRulesSchema);

/** Exact tables that two people look at before they leave. */
export const tableChecksQuery = query(['table-checks'], '/api/table-checks', checkedTablesSchema, CALM_MS);

/** Laws by which data are used although people opted out. */
export const optOutExceptionsQuery = query(
  ['opt-out-exceptions'],
  '/api/opt-out-exceptions',
  optOutExceptionsSchema,
  CALM_MS,
);

/** Issued permits. */
export const permitsQuery = query(['permits'], '/api/permits', listUnder('permits', permitViewSchema));

/** Registered models. */
export const modelsQuery = query(['models'], '/api/models', listUnder('models', modelViewSchema), CALM_MS);

/** One model. */
export const modelQuery = (modelId: string) =>
  query(['models', modelId], `/api/models/${encodeURIComponent(modelId)}`, modelViewSchema, CALM_MS);

/** How a model was made. */
export const modelReportQuery = (modelId: string) =>
  query(['models', modelId, 'report'], `/api/models/${encodeURIComponent(modelId)}/report`, modelReportSchema);

/** The journal of this house. @param action what the action of the entries begins with */
export const auditQuery = (action: string) =>
  queryOptions({
    queryKey: ['audit', action],
    queryFn: ({ signal }) =>
      readFrom(
        `/api/audit?limit=500${action === '' ? '' : `&action=${encodeURIComponent(action)}`}`,
        auditViewSchema,
        signal,
      ),
    // While other entries come, the earlier ones stay.
    placeholderData: keepPreviousData,
  });

/** Whether the journal's chain is intact. */
export const verificationQuery = query(['audit', 'verification'], '/api/audit/verification', verificationParser);

/** A node at a glance. */
export const nodeStatusQuery = query(['status'], '/api/status', nodeStatusSchema, LIVELY_MS);

/** Imports, newest first. */
export const importsQuery = query(['imports'], '/api/imports', listUnder('items', importViewSchema), LIVELY_MS);

/** What was set aside at arrival. */
export const quarantineQuery = query(['quarantine'], '/api/quarantine', quarantineSchema, CALM_MS);

/** A file that was set aside, to be decided about. */
export const quarantinedFileQuery = (quarantineId: string) =>
  query(['quarantine', quarantineId], `/api/quarantine/${encodeURIComponent(quarantineId)}`, quarantinedFileSchema);

/** What was blacked out in stored pictures. @param page from 0 */
export const masksQuery = (page: number, modality: string) =>
  query(
    ['masks', String(page), modality],
    `/api/masks?page=${String(page)}${modality === '' ? '' : `&modality=${encodeURIComponent(modality)}`}`,
    maskListSchema,
  );

/** A stored picture with what is black in it. */
export const maskedImageQuery = (sopInstanceUid: string) =>
  query(['masked-image', sopInstanceUid], `/api/masks/${encodeURIComponent(sopInstanceUid)}`, maskedImageSchema);

/** Random samples of pictures. */
export const maskSamplesQuery = query(['mask-samples'], '/api/mask-samples', maskSamplesSchema);

/** One random sample. */
export const maskSampleQuery = (sampleId: string) =>
  query(['mask-samples', sampleId], `/api/mask-samples/${encodeURIComponent(sampleId)}`, maskSampleSchema);

/** How good the node's data are. */
export const qualityQuery = query(['quality'], '/api/quality', dataQualitySchema, CALM_MS);

/** What left the node. @param filter as a query string */
export const outgoingQuery = (filter: string) =>
  query(['outgoing', filter], `/api/outgoing?limit=500${filter === '' ? '' : `&${filter}`}`, outgoingSchema, CALM_MS);

/** What the node's owner agreed to in advance. */
export const standingRulesQuery = query(['standing-rules'], '/api/standing-rules', standingRulesSchema, CALM_MS);

/** What the node is asked to take part in. */
export const approvalsQuery = query(['approvals'], '/api/approvals', approvalsSchema, CALM_MS);

/** What training with differential privacy has cost. */
export const privacyLedgerQuery = query(['privacy-ledger'], '/api/privacy-ledger', privacyLedgerSchema, CALM_MS);

/** People left out. */
export const optOutsQuery = query(['opt-outs'], '/api/opt-outs', optOutListSchema);

/** A patient's own page; null until the account is linked. */
export const ownRecordQuery = query(['me'], '/api/me', ownRecordSchema);

/** What people read before they decide. */
export const consentTextQuery = (language: string) =>
  query(
    ['consent-text', language],
    `/api/consent-text?language=${encodeURIComponent(language)}`,
    consentTextViewSchema,
  );

/** What needs the protection officer. */
export const protectionQuery = query(['protection'], '/api/protection', protectionSchema, CALM_MS);

/** Forms on paper that wait. */
export const paperConsentsQuery = query(['paper-consents'], '/api/paper-consents', paperConsentsSchema, CALM_MS);

/** The legal dossier of the node. */
export const dossierQuery = query(['dossier'], '/api/dossier', dossierSchema);

/** The register page of the data altruism organisation. */
export const altruismQuery = query(['altruism'], '/api/altruism', altruismSchema);

/** The node's own datasets. */
export const nodeDatasetsQuery = query(['node-datasets'], '/api/datasets', nodeDatasetsSchema);

/** Clinical tables that wait to be mapped; asked again while one is being brought in. */
export const mappingTablesQuery = queryOptions({
  queryKey: ['mapping-tables'],
  queryFn: ({ signal }) => readFrom('/api/mapping/tables', mappingTablesSchema, signal),
  refetchInterval: ({ state }) =>
    state.data?.items.some(({ run }) => run?.state === 'running') === true ? 700 : CALM_MS,
});

/** What a table's columns hold and seem to mean. */
export const mappingStudioQuery = (tableId: string) =>
  query(['mapping-studio', tableId], `/api/mapping/tables/${encodeURIComponent(tableId)}`, mappingStudioSchema);

/** What a column can mean. */
export const mappingElementsQuery = query(['mapping-elements'], '/api/mapping/elements', mappingElementsSchema);

/** A column's values as answers of an element. */
export const mappingValuesQuery = (tableId: string, column: string, element: string) =>
  query(
    ['mapping-values', tableId, column, element],
    `/api/mapping/tables/${encodeURIComponent(tableId)}/values?column=${encodeURIComponent(column)}&element=${encodeURIComponent(element)}`,
    mappingValuesSchema,
  );

/** What a cohort can be described by; it changes with the program alone. */
export const searchFieldsQuery = queryOptions({
  queryKey: ['search-fields'],
  queryFn: ({ signal }) => readFrom('/api/search-fields', searchFieldsSchema, signal),
  staleTime: Number.POSITIVE_INFINITY,
});

/** Concepts of the hyper-ontology by code or name, in spite of slips. */
export const conceptsQuery = (words: string) =>
  query(['concepts', words], `/api/concepts?limit=20&q=${encodeURIComponent(words)}`, conceptsSchema);

/** A saved mapping as YAML. */
export const mappingYamlQuery = (tableId: string) =>
  queryOptions({
    queryKey: ['mapping-yaml', tableId],
    queryFn: ({ signal }) => readText(`/api/mapping/tables/${encodeURIComponent(tableId)}/mapping`, signal),
  });

/** Every mapping that was saved for a table, newest first. */
export const mappingVersionsQuery = (tableId: string) =>
  query(
    ['mapping-versions', tableId],
    `/api/mapping/tables/${encodeURIComponent(tableId)}/versions`,
    mappingVersionsSchema,
  );

/** Clinical tables in the warehouse. */
export const warehouseQuery = query(['warehouse'], '/api/mapping/loads', warehouseViewSchema);

/** How findable, accessible, interoperable and reusable a published record is. */
export const datasetFairQuery = (siteId: string, name: string) =>
  query(['datasets', siteId, name, 'fair'], `/fdp/fair/${siteId}/${name}`, fairScoreSchema);

/** The data quality and utility label of a published dataset. */
export const datasetLabelQuery = (siteId: string, name: string) =>
  query(['datasets', siteId, name, 'label'], `/fdp/label/${siteId}/${name}`, utilityLabelSchema);

/** How far a dataset of this node is on its way into the catalogue. */
export const datasetGuideQuery = (name: string) =>
  queryOptions({
    queryKey: ['node-datasets', name, 'guide'],
    queryFn: ({ signal }) => readFrom(`/api/datasets/${encodeURIComponent(name)}/guide`, datasetGuideSchema, signal),
    refetchInterval: ({ state }) =>
      state.data?.steps.some((one) => one.state === 'busy') === true ? LIVELY_MS : false,
  });

/** What was published of a dataset of this node. */
export const datasetVersionsQuery = (name: string) =>
  query(
    ['node-datasets', name, 'versions'],
    `/api/datasets/${encodeURIComponent(name)}/versions`,
    datasetVersionsSchema,
  );

/** Where the last published version of a dataset of this node stands. */
export const publishedRecordQuery = (name: string) =>
  query(['node-datasets', name, 'record'], `/api/datasets/${encodeURIComponent(name)}/record`, recordStandingSchema);

/** A page of the studies that can be read. */
export type ReadingList = ReturnType<typeof readingListSchema.parse>;

/** Studies to read; what is shown stays until the next page is there. */
export const readingListQuery = (asked: Readonly<Record<string, string | number>>) => {
  const words = new URLSearchParams(
    Object.entries(asked).flatMap(([name, value]) => (value === '' ? [] : [[name, String(value)]])),
  );
  return queryOptions({
    queryKey: ['reading-list', words.toString()],
    queryFn: ({ signal }) => readFrom(`/api/reading/studies?${words}`, readingListSchema, signal),
    placeholderData: keepPreviousData,
  });
};

/** What has to be known of the images of a study before their pixels are read; it does not change. */
export const filmHeadsQuery = (study: string) =>
  queryOptions({
    queryKey: ['film-heads', study],
    queryFn: ({ signal }) =>
      readFrom(`/dicom-web/studies/${encodeURIComponent(study)}/metadata`, { parse: filmHeads }, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** The plan sheet of a study. */
export const planSheetQuery = (study: string) =>
  query(['plan-sheet', study], `/api/reading/studies/${encodeURIComponent(study)}/plan`, planSheetSchema);

/** How reading with models goes. */
export const readingQualityQuery = query(['reading-quality'], '/api/reading/quality', readingQualitySchema);

/** What allows showing similar cases. */
export const similarPermitsQuery = query(['similar-permits'], '/api/reading/similar-permits', similarPermitsSchema);

/** How reading is done here. */
export const readingSettingsQuery = query(['reading-settings'], '/api/reading/settings', readingSettingsViewSchema);
