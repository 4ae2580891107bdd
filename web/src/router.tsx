import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { NotFoundPage } from './shell/not-found-page.tsx';
import { ofHouses } from './shell/of-houses.tsx';
import { Shell } from './shell/shell.tsx';

const root = createRootRoute({ component: Shell, notFoundComponent: NotFoundPage });
const getParentRoute = () => root;

const NetworkPage = lazyRouteComponent(() => import('./hub/network-page.tsx'), 'NetworkPage');
const DatasetsPage = lazyRouteComponent(() => import('./hub/datasets-page.tsx'), 'DatasetsPage');
const DatasetPage = lazyRouteComponent(() => import('./hub/dataset-page.tsx'), 'DatasetPage');
const CohortsPage = lazyRouteComponent(() => import('./hub/cohorts-page.tsx'), 'CohortsPage');
const JobsPage = lazyRouteComponent(() => import('./hub/jobs-page.tsx'), 'JobsPage');
const NewJobPage = lazyRouteComponent(() => import('./hub/new-job-page.tsx'), 'NewJobPage');
const JobPage = lazyRouteComponent(() => import('./hub/job-page.tsx'), 'JobPage');
const CompareJobsPage = lazyRouteComponent(() => import('./hub/compare-jobs-page.tsx'), 'CompareJobsPage');
const AccessPage = lazyRouteComponent(() => import('./hub/access-page.tsx'), 'AccessPage');
const NewAccessPage = lazyRouteComponent(() => import('./hub/new-access-page.tsx'), 'NewAccessPage');
const EditAccessPage = lazyRouteComponent(() => import('./hub/new-access-page.tsx'), 'EditAccessPage');
const RequestPage = lazyRouteComponent(() => import('./hub/request-page.tsx'), 'RequestPage');
const LetterPage = lazyRouteComponent(() => import('./hub/letter-page.tsx'), 'LetterPage');
const PermitPage = lazyRouteComponent(() => import('./hub/permit-page.tsx'), 'PermitPage');
const RegisterPage = lazyRouteComponent(() => import('./hub/register-page.tsx'), 'RegisterPage');
const CommitteesPage = lazyRouteComponent(() => import('./hub/committees-page.tsx'), 'CommitteesPage');
const ModelsPage = lazyRouteComponent(() => import('./hub/models-page.tsx'), 'ModelsPage');
const ModelPage = lazyRouteComponent(() => import('./hub/model-page.tsx'), 'ModelPage');
const ProgressPage = lazyRouteComponent(() => import('./hub/progress-page.tsx'), 'ProgressPage');
const ActivitiesPage = lazyRouteComponent(() => import('./hub/activities-page.tsx'), 'ActivitiesPage');
const KitPage = lazyRouteComponent(() => import('./hub/kit-page.tsx'), 'KitPage');
const KitSheetPage = lazyRouteComponent(() => import('./hub/kit-sheet-page.tsx'), 'KitSheetPage');
const OutreachPage = lazyRouteComponent(() => import('./hub/outreach-page.tsx'), 'OutreachPage');
const StatePage = lazyRouteComponent(() => import('./hub/state-page.tsx'), 'StatePage');
const CataloguesPage = lazyRouteComponent(() => import('./hub/catalogues-page.tsx'), 'CataloguesPage');
const ForeignRecordPage = lazyRouteComponent(() => import('./hub/foreign-record-page.tsx'), 'ForeignRecordPage');
const SitesPage = lazyRouteComponent(() => import('./hub/sites-page.tsx'), 'SitesPage');
const OverviewPage = lazyRouteComponent(() => import('./node/overview-page.tsx'), 'OverviewPage');
const GuidePage = lazyRouteComponent(() => import('./guide/guide-page.tsx'), 'GuidePage');
const WelcomePage = lazyRouteComponent(() => import('./guide/welcome-page.tsx'), 'WelcomePage');
const ArrivalsPage = lazyRouteComponent(() => import('./node/arrivals-page.tsx'), 'ArrivalsPage');
const QualityPage = lazyRouteComponent(() => import('./node/quality-page.tsx'), 'QualityPage');
const QuarantinedFilePage = lazyRouteComponent(() => import('./node/quarantined-file-page.tsx'), 'QuarantinedFilePage');
const DeidentificationPage = lazyRouteComponent(
  () => import('./node/deidentification-page.tsx'),
  'DeidentificationPage',
);
const FilmTrialPage = lazyRouteComponent(() => import('./node/film-trial-page.tsx'), 'FilmTrialPage');
const WatchesPage = lazyRouteComponent(() => import('./hub/watches-page.tsx'), 'WatchesPage');
const WatchPage = lazyRouteComponent(() => import('./hub/watch-page.tsx'), 'WatchPage');
const ClinicPage = lazyRouteComponent(() => import('./node/clinic-page.tsx'), 'ClinicPage');
const MasksPage = lazyRouteComponent(() => import('./node/masks-page.tsx'), 'MasksPage');
const MaskedImagePage = lazyRouteComponent(() => import('./node/masked-image-page.tsx'), 'MaskedImagePage');
const MaskSamplePage = lazyRouteComponent(() => import('./node/mask-sample-page.tsx'), 'MaskSamplePage');
const PacsPage = lazyRouteComponent(() => import('./node/pacs-page.tsx'), 'PacsPage');
const ConformancePage = lazyRouteComponent(() => import('./node/conformance-page.tsx'), 'ConformancePage');
const QuarantinePage = lazyRouteComponent(() => import('./node/quarantine-page.tsx'), 'QuarantinePage');
const OutgoingPage = lazyRouteComponent(() => import('./node/outgoing-page.tsx'), 'OutgoingPage');
const ApprovalsPage = lazyRouteComponent(() => import('./node/approvals-page.tsx'), 'ApprovalsPage');
const PaperPage = lazyRouteComponent(() => import('./node/paper-page.tsx'), 'PaperPage');
const OptOutsPage = lazyRouteComponent(() => import('./node/opt-outs-page.tsx'), 'OptOutsPage');
const MyDataPage = lazyRouteComponent(() => import('./node/my-data-page.tsx'), 'MyDataPage');
const ProtectionPage = lazyRouteComponent(() => import('./node/protection-page.tsx'), 'ProtectionPage');
const DossierPage = lazyRouteComponent(() => import('./node/dossier-page.tsx'), 'DossierPage');
const AltruismPage = lazyRouteComponent(() => import('./node/altruism-page.tsx'), 'AltruismPage');
const MappingPage = lazyRouteComponent(() => import('./mapping/mapping-page.tsx'), 'MappingPage');
const MappingStudioPage = lazyRouteComponent(() => import('./mapping/mapping-studio-page.tsx'), 'MappingStudioPage');
const OwnDatasetsPage = lazyRouteComponent(() => import('./node/own-datasets-page.tsx'), 'OwnDatasetsPage');
const OwnDatasetPage = lazyRouteComponent(() => import('./node/own-dataset-page.tsx'), 'OwnDatasetPage');
const ReadingListPage = lazyRouteComponent(() => import('./reading/reading-list-page.tsx'), 'ReadingListPage');
const ReadingPage = lazyRouteComponent(() => import('./reading/reading-page.tsx'), 'ReadingPage');
const PlanPage = lazyRouteComponent(() => import('./reading/plan-page.tsx'), 'PlanPage');
const ExplanationPage = lazyRouteComponent(() => import('./reading/explanation-page.tsx'), 'ExplanationPage');
const ReadingQualityPage = lazyRouteComponent(() => import('./reading/reading-quality-page.tsx'), 'ReadingQualityPage');
const AcademyPage = lazyRouteComponent(() => import('./academy/academy-page.tsx'), 'AcademyPage');
const LessonPage = lazyRouteComponent(() => import('./academy/lesson-page.tsx'), 'LessonPage');
const CoursesPage = lazyRouteComponent(() => import('./academy/courses-page.tsx'), 'CoursesPage');
const CertificatePage = lazyRouteComponent(() => import('./academy/certificate-page.tsx'), 'CertificatePage');
const SandboxPage = lazyRouteComponent(() => import('./academy/sandbox-page.tsx'), 'SandboxPage');
const AccessibilityPage = lazyRouteComponent(
  () => import('./accessibility/accessibility-page.tsx'),
  'AccessibilityPage',
);
const ErrorsPage = lazyRouteComponent(() => import('./help/errors-page.tsx'), 'ErrorsPage');
const AuditPage = lazyRouteComponent(() => import('./audit/audit-page.tsx'), 'AuditPage');

const routes = [
  createRoute({
    getParentRoute,
    path: '/',
    component: ofHouses({ hub: NetworkPage, node: OverviewPage, before: GuidePage }),
  }),
  createRoute({ getParentRoute, path: '/datasets', component: ofHouses({ hub: DatasetsPage, node: OwnDatasetsPage }) }),
  createRoute({ getParentRoute, path: '/datasets/$name', component: ofHouses({ node: OwnDatasetPage }) }),
  createRoute({ getParentRoute, path: '/datasets/$siteId/$name', component: ofHouses({ hub: DatasetPage }) }),
  createRoute({ getParentRoute, path: '/cohorts', component: ofHouses({ hub: CohortsPage }) }),
  createRoute({ getParentRoute, path: '/jobs', component: ofHouses({ hub: JobsPage }) }),
  createRoute({ getParentRoute, path: '/jobs/new', component: ofHouses({ hub: NewJobPage }) }),
  createRoute({ getParentRoute, path: '/jobs/compare', component: ofHouses({ hub: CompareJobsPage }) }),
  createRoute({ getParentRoute, path: '/jobs/$jobId', component: ofHouses({ hub: JobPage }) }),
  createRoute({ getParentRoute, path: '/access', component: ofHouses({ hub: AccessPage }) }),
  createRoute({ getParentRoute, path: '/access/new', component: ofHouses({ hub: NewAccessPage }) }),
  createRoute({ getParentRoute, path: '/access/$requestId', component: ofHouses({ hub: RequestPage }) }),
  createRoute({ getParentRoute, path: '/access/$requestId/edit', component: ofHouses({ hub: EditAccessPage }) }),
  createRoute({
    getParentRoute,
    path: '/access/$requestId/letters/$siteId',
    component: ofHouses({ hub: LetterPage }),
  }),
  createRoute({ getParentRoute, path: '/permits/$permitId', component: ofHouses({ hub: PermitPage }) }),
  createRoute({ getParentRoute, path: '/register', component: ofHouses({ hub: RegisterPage }) }),
  createRoute({ getParentRoute, path: '/committees', component: ofHouses({ hub: CommitteesPage }) }),
  createRoute({ getParentRoute, path: '/models', component: ofHouses({ hub: ModelsPage }) }),
  createRoute({ getParentRoute, path: '/models/$modelId', component: ofHouses({ hub: ModelPage }) }),
  createRoute({ getParentRoute, path: '/clinics', component: ofHouses({ hub: WatchesPage }) }),
  createRoute({ getParentRoute, path: '/clinics/$watchId', component: ofHouses({ hub: WatchPage }) }),
  createRoute({ getParentRoute, path: '/progress', component: ofHouses({ hub: ProgressPage }) }),
  createRoute({ getParentRoute, path: '/collaborations', component: ofHouses({ hub: ActivitiesPage }) }),
  createRoute({ getParentRoute, path: '/kit', component: ofHouses({ hub: KitPage }) }),
  createRoute({ getParentRoute, path: '/kit/$sheet', component: ofHouses({ hub: KitSheetPage }) }),
  createRoute({ getParentRoute, path: '/outreach', component: ofHouses({ hub: OutreachPage }) }),
  createRoute({ getParentRoute, path: '/state', component: ofHouses({ hub: StatePage }) }),
  createRoute({ getParentRoute, path: '/catalogues', component: ofHouses({ hub: CataloguesPage }) }),
  createRoute({ getParentRoute, path: '/foreign-records/$recordId', component: ofHouses({ hub: ForeignRecordPage }) }),
  createRoute({ getParentRoute, path: '/sites', component: ofHouses({ hub: SitesPage }) }),
  createRoute({ getParentRoute, path: '/guide', component: ofHouses({ node: GuidePage }) }),
  createRoute({ getParentRoute, path: '/welcome', component: ofHouses({ node: WelcomePage }) }),
  createRoute({ getParentRoute, path: '/arrivals', component: ofHouses({ node: ArrivalsPage }) }),
  createRoute({ getParentRoute, path: '/quality', component: ofHouses({ node: QualityPage }) }),
  createRoute({ getParentRoute, path: '/quarantine', component: ofHouses({ node: QuarantinePage }) }),
  createRoute({
    getParentRoute,
    path: '/quarantine/$quarantineId',
    component: ofHouses({ node: QuarantinedFilePage }),
  }),
  createRoute({ getParentRoute, path: '/deidentification', component: ofHouses({ node: DeidentificationPage }) }),
  createRoute({ getParentRoute, path: '/clinic', component: ofHouses({ node: ClinicPage }) }),
  createRoute({ getParentRoute, path: '/clinic/film', component: ofHouses({ node: FilmTrialPage }) }),
  createRoute({ getParentRoute, path: '/masks', component: ofHouses({ node: MasksPage }) }),
  createRoute({ getParentRoute, path: '/masks/$sopInstanceUid', component: ofHouses({ node: MaskedImagePage }) }),
  createRoute({ getParentRoute, path: '/mask-samples/$sampleId', component: ofHouses({ node: MaskSamplePage }) }),
  createRoute({ getParentRoute, path: '/pacs', component: ofHouses({ node: PacsPage }) }),
  createRoute({ getParentRoute, path: '/conformance', component: ofHouses({ node: ConformancePage }) }),
  createRoute({ getParentRoute, path: '/mapping', component: ofHouses({ node: MappingPage }) }),
  createRoute({ getParentRoute, path: '/mapping/$tableId', component: ofHouses({ node: MappingStudioPage }) }),
  createRoute({ getParentRoute, path: '/outgoing', component: ofHouses({ node: OutgoingPage }) }),
  createRoute({ getParentRoute, path: '/approvals', component: ofHouses({ node: ApprovalsPage }) }),
  createRoute({ getParentRoute, path: '/my-data', component: ofHouses({ node: MyDataPage }) }),
  createRoute({ getParentRoute, path: '/protection', component: ofHouses({ node: ProtectionPage }) }),
  createRoute({ getParentRoute, path: '/dossier', component: ofHouses({ node: DossierPage }) }),
  createRoute({ getParentRoute, path: '/altruism', component: ofHouses({ node: AltruismPage }) }),
  createRoute({ getParentRoute, path: '/paper-consents', component: ofHouses({ node: PaperPage }) }),
  createRoute({ getParentRoute, path: '/opt-outs', component: ofHouses({ node: OptOutsPage }) }),
  createRoute({ getParentRoute, path: '/reading', component: ofHouses({ node: ReadingListPage }) }),
  createRoute({ getParentRoute, path: '/reading/$study', component: ofHouses({ node: ReadingPage }) }),
  createRoute({ getParentRoute, path: '/reading/$study/plan', component: ofHouses({ node: PlanPage }) }),
  createRoute({ getParentRoute, path: '/reading/$study/explanation', component: ofHouses({ node: ExplanationPage }) }),
  createRoute({ getParentRoute, path: '/reading-quality', component: ofHouses({ node: ReadingQualityPage }) }),
  createRoute({ getParentRoute, path: '/academy', component: ofHouses({ hub: AcademyPage, node: AcademyPage }) }),
  createRoute({
    getParentRoute,
    path: '/academy/lessons/$lesson',
    component: ofHouses({ hub: LessonPage, node: LessonPage }),
  }),
  createRoute({ getParentRoute, path: '/academy/courses', component: ofHouses({ hub: CoursesPage }) }),
  createRoute({
    getParentRoute,
    path: '/academy/certificate',
    component: ofHouses({ hub: CertificatePage, node: CertificatePage }),
  }),
  createRoute({
    getParentRoute,
    path: '/academy/sandbox',
    component: ofHouses({ hub: SandboxPage, node: SandboxPage }),
  }),
  createRoute({
    getParentRoute,
    path: '/accessibility',
    component: ofHouses({ hub: AccessibilityPage, node: AccessibilityPage, before: AccessibilityPage }),
  }),
  createRoute({ getParentRoute, path: '/errors', component: ofHouses({ hub: ErrorsPage, node: ErrorsPage }) }),
  createRoute({ getParentRoute, path: '/audit', component: ofHouses({ hub: AuditPage, node: AuditPage }) }),
] as const;

/** Every page of both houses; which of them answer depends on the house that served the portal. */
export const router = createRouter({
  routeTree: root.addChildren(routes),
  defaultPreload: 'intent',
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
