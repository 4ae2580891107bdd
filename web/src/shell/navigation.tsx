import { Stack } from '@mantine/core';
import {
  IconArrowsLeftRight,
  IconBinaryTree,
  IconBook2,
  IconBooks,
  IconBuildingHospital,
  IconChartBar,
  IconChecklist,
  IconClipboardCheck,
  IconDatabase,
  IconDoorEnter,
  IconEyeCheck,
  IconGauge,
  IconGavel,
  IconHeartbeat,
  IconHeartHandshake,
  IconHistory,
  IconKey,
  IconPackageImport,
  IconPlayerPlay,
  IconPlugConnected,
  IconReportMedical,
  IconRoute,
  IconScale,
  IconSchool,
  IconSearch,
  IconShieldCheck,
  IconShieldOff,
  IconSignature,
  IconSpeakerphone,
  IconStethoscope,
  IconTableImport,
  IconTextScan2,
  IconTransferOut,
  IconTrendingUp,
  IconUserHeart,
  IconUserOff,
  IconUsersGroup,
  IconWorld,
} from '@tabler/icons-react';
import type { ComponentType } from 'react';
import { useTranslation } from 'react-i18next';
import type { Role, SessionView } from '#wire';
import { holdsOneOf, useSession } from '../api/session.ts';
import { holdsAnywhere } from '../hub/access-words.ts';
import { HUB_READERS } from '../hub/hub-readers.ts';
import type { MessageKey } from '../i18n/message-key.ts';
import { NODE_READERS } from '../node/node-readers.ts';
import { NavigationLink } from '../parts/router-link.tsx';

type Address =
  | '/'
  | '/datasets'
  | '/cohorts'
  | '/jobs'
  | '/access'
  | '/committees'
  | '/register'
  | '/models'
  | '/clinics'
  | '/sites'
  | '/progress'
  | '/collaborations'
  | '/state'
  | '/kit'
  | '/outreach'
  | '/catalogues'
  | '/audit'
  | '/guide'
  | '/arrivals'
  | '/clinic'
  | '/quality'
  | '/pacs'
  | '/conformance'
  | '/deidentification'
  | '/masks'
  | '/mapping'
  | '/quarantine'
  | '/outgoing'
  | '/approvals'
  | '/opt-outs'
  | '/paper-consents'
  | '/my-data'
  | '/protection'
  | '/dossier'
  | '/altruism'
  | '/reading'
  | '/reading-quality'
  | '/academy';

interface Entry {
  readonly to: Address;
  readonly label: MessageKey;
  readonly icon: ComponentType<{ size?: number; stroke?: number; 'aria-hidden'?: boolean }>;
  /** Who sees it; absent: everyone. */
  readonly roles?: readonly Role[] | 'signed-in';
}

const HUB_ENTRIES: readonly Entry[] = [
  { to: '/', label: 'nav.network', icon: IconWorld },
  { to: '/progress', label: 'nav.progress', icon: IconTrendingUp, roles: HUB_READERS.progress },
  { to: '/collaborations', label: 'nav.collaborations', icon: IconUsersGroup, roles: HUB_READERS.activities },
  { to: '/state', label: 'nav.state', icon: IconChartBar },
  { to: '/kit', label: 'nav.kit', icon: IconHeartHandshake },
  { to: '/outreach', label: 'nav.outreach', icon: IconSpeakerphone, roles: HUB_READERS.outreach },
  { to: '/datasets', label: 'nav.datasets', icon: IconDatabase },
  { to: '/cohorts', label: 'nav.cohorts', icon: IconSearch, roles: HUB_READERS.cohorts },
  { to: '/access', label: 'nav.access', icon: IconKey, roles: HUB_READERS.access },
  { to: '/committees', label: 'nav.committees', icon: IconGavel, roles: 'signed-in' },
  { to: '/register', label: 'nav.register', icon: IconBook2 },
  { to: '/jobs', label: 'nav.jobs', icon: IconPlayerPlay, roles: HUB_READERS.jobs },
  { to: '/models', label: 'nav.models', icon: IconBinaryTree },
  { to: '/clinics', label: 'nav.watches', icon: IconStethoscope, roles: HUB_READERS.watches },
  { to: '/sites', label: 'nav.sites', icon: IconBuildingHospital, roles: HUB_READERS.sites },
  { to: '/catalogues', label: 'nav.catalogues', icon: IconBooks, roles: HUB_READERS.catalogues },
  { to: '/academy', label: 'nav.academy', icon: IconSchool },
  { to: '/audit', label: 'nav.audit', icon: IconHistory, roles: HUB_READERS.audit },
];

const NODE_ENTRIES: readonly Entry[] = [
  { to: '/', label: 'nav.overview', icon: IconHeartbeat },
  { to: '/guide', label: 'nav.guide', icon: IconRoute, roles: NODE_READERS.guide },
  { to: '/reading', label: 'nav.reading', icon: IconReportMedical, roles: NODE_READERS.reading },
  { to: '/arrivals', label: 'nav.arrivals', icon: IconPackageImport, roles: NODE_READERS.arrivals },
  { to: '/pacs', label: 'nav.pacs', icon: IconPlugConnected, roles: NODE_READERS.pacs },
  {
    to: '/conformance',
    label: 'nav.conformance',
    icon: IconClipboardCheck,
    roles: NODE_READERS.conformance,
  },
  { to: '/quarantine', label: 'nav.quarantine', icon: IconShieldOff, roles: NODE_READERS.quarantine },
  {
    to: '/deidentification',
    label: 'nav.deidentification',
    icon: IconArrowsLeftRight,
    roles: NODE_READERS.deidentification,
  },
  { to: '/masks', label: 'nav.masks', icon: IconTextScan2, roles: NODE_READERS.masks },
  { to: '/clinic', label: 'nav.clinic', icon: IconStethoscope, roles: NODE_READERS.clinic },
  { to: '/quality', label: 'nav.quality', icon: IconGauge, roles: NODE_READERS.quality },
  { to: '/mapping', label: 'nav.mapping', icon: IconTableImport, roles: NODE_READERS.mapping },
  { to: '/datasets', label: 'nav.datasets', icon: IconDatabase, roles: NODE_READERS.datasets },
  { to: '/approvals', label: 'nav.approvals', icon: IconChecklist, roles: NODE_READERS.approvals },
  { to: '/outgoing', label: 'nav.outgoing', icon: IconTransferOut, roles: NODE_READERS.outgoing },
  { to: '/my-data', label: 'nav.my-data', icon: IconUserHeart, roles: NODE_READERS.myData },
  { to: '/dossier', label: 'nav.dossier', icon: IconScale, roles: NODE_READERS.dossier },
  { to: '/protection', label: 'nav.protection', icon: IconShieldCheck, roles: NODE_READERS.protection },
  { to: '/opt-outs', label: 'nav.opt-outs', icon: IconUserOff, roles: NODE_READERS.optOuts },
  { to: '/paper-consents', label: 'nav.paper', icon: IconSignature, roles: NODE_READERS.paper },
  { to: '/reading-quality', label: 'nav.reading-quality', icon: IconEyeCheck, roles: NODE_READERS.readingQuality },
  { to: '/audit', label: 'nav.audit', icon: IconHistory, roles: NODE_READERS.audit },
  { to: '/altruism', label: 'nav.altruism', icon: IconHeartHandshake },
  { to: '/academy', label: 'nav.academy', icon: IconSchool },
];

/** A node that has not joined yet has but one page. */
const BEFORE_ENTRIES = NODE_ENTRIES.filter(({ to }) => to === '/guide');

/** The pages this person can use at this house. */
export function Navigation({ onGo }: { readonly onGo: () => void }) {
  const { t } = useTranslation();
  const session = useSession();
  return (
    <Stack gap={4} component="nav" aria-label={t('nav.label')}>
      {entriesFor(session).map(({ to, label, icon: Icon }) => (
        <NavigationLink
          key={to}
          to={to}
          activeOptions={{ exact: to === '/' }}
          activeProps={{ active: true }}
          onClick={onGo}
          label={t(label)}
          leftSection={<Icon size={19} stroke={1.7} aria-hidden />}
          variant="light"
          style={{ borderRadius: 'var(--mantine-radius-md)' }}
        />
      ))}
      {session.person === null ? <SignInHint /> : null}
    </Stack>
  );
}

function SignInHint() {
  const { t } = useTranslation();
  return (
    <p className="quiet" style={{ padding: '0.75rem', margin: 0, display: 'flex', gap: '0.5rem' }}>
      <IconDoorEnter size={18} aria-hidden="true" style={{ flex: 'none' }} />
      {t('nav.sign-in-hint')}
    </p>
  );
}

function entriesFor(session: SessionView): readonly Entry[] {
  const { kind, siteId } = session.house;
  const entries = kind === 'hub' ? HUB_ENTRIES : siteId === null ? BEFORE_ENTRIES : NODE_ENTRIES;
  return entries.filter(({ roles, to }) => {
    if (roles === undefined) return true;
    if (roles === 'signed-in') return session.person !== null;
    return to === '/access' ? holdsAnywhere(session, roles) : holdsOneOf(session, roles);
  });
}
