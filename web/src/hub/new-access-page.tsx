import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useRouterState } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { type AccessForm, type AccessRequest, accessRequestSchema } from '#wire';
import { accessRequestQuery, datasetsQuery } from '../api/queries.ts';
import { holdsOneOf, useSession } from '../api/session.ts';
import { useWriteFor } from '../api/use-write.ts';
import { EntryNotice } from '../parts/entry-notice.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { questionIn } from './cohort-filter.ts';
import { HUB_READERS } from './hub-readers.ts';
import { EMPTY_FORM, formOf, RequestForm } from './request-form.tsx';

/** Writing a request: it is kept as a draft, held against the conditions of the datasets, and sent from there. */
export function NewAccessPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const allowed = holdsOneOf(useSession(), ['researcher']);
  const datasets = useQuery({ ...datasetsQuery, enabled: allowed });
  const address = useRouterState({ select: ({ location }) => location.searchStr });
  const keep = useWriteFor(accessRequestSchema, ['access-requests'], ({ requestId }) => {
    void navigate({ to: '/access/$requestId', params: { requestId } });
  });
  return (
    <>
      <PageHead title={t('new-access.title')} lead={t('new-access.lead')} />
      {allowed ? (
        <Loaded query={datasets}>
          {({ datasets }) => (
            <RequestForm
              datasets={datasets}
              begun={{ ...EMPTY_FORM, cohort: cohortIn(address) }}
              isSending={keep.isPending}
              error={keep.error}
              onDone={(form) => keep.mutate({ path: '/api/access-requests/drafts', body: form })}
            />
          )}
        </Loaded>
      ) : (
        <EntryNotice roles={['researcher']} />
      )}
    </>
  );
}

/** The people that a search asked about; a search for everybody is no limit. */
function cohortIn(address: string): AccessForm['cohort'] {
  const query = questionIn(address);
  return query === undefined || ('all' in query && query.all.length === 0) ? null : query;
}

/** Changing a draft. */
export function EditAccessPage() {
  const { t } = useTranslation();
  const { requestId } = useParams({ from: '/access/$requestId/edit' });
  return (
    <>
      <PageHead title={t('access.edit')} lead={t('new-access.lead')} />
      <Loaded query={useQuery(accessRequestQuery(requestId))} roles={HUB_READERS.access}>
        {(request) => <Edit request={request} />}
      </Loaded>
    </>
  );
}

function Edit({ request }: { readonly request: AccessRequest }) {
  const navigate = useNavigate();
  const { requestId } = request;
  const datasets = useQuery(datasetsQuery);
  const keep = useWriteFor(accessRequestSchema, ['access-requests'], () => {
    void navigate({ to: '/access/$requestId', params: { requestId } });
  });
  const begun: AccessForm = formOf(request);
  return (
    <Loaded query={datasets}>
      {({ datasets }) => (
        <RequestForm
          datasets={datasets}
          begun={begun}
          isSending={keep.isPending}
          error={keep.error}
          onDone={(form) =>
            keep.mutate({ method: 'PUT', path: `/api/access-requests/${encodeURIComponent(requestId)}`, body: form })
          }
        />
      )}
    </Loaded>
  );
}
