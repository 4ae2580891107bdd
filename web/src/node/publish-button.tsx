import { Button, Group } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';
import type { DatasetGuide, RecordStandingView } from '#wire';
import { useWrite } from '../api/use-write.ts';
import { useFormat } from '../i18n/use-format.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Facts } from '../parts/facts.tsx';
import { Notice } from '../parts/notice.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { Section } from '../parts/section.tsx';
import type { Announcement } from './record-draft.ts';

interface PublishButtonProps {
  readonly name: string;
  readonly announcement: Announcement;
  readonly standing: RecordStandingView;
  readonly published: DatasetGuide['published'];
  /** Whether what is shown is what would be sent. */
  readonly isReady: boolean;
}

/** Publishes, after it has been said once more what becomes public and that it stays. */
export function PublishButton({ name, announcement, standing, published, isReady }: PublishButtonProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const [isAsking, asking] = useDisclosure(false);
  const publish = useWrite(['node-datasets'], asking.close);
  const { record, state } = standing;
  const isSame = published !== null && published.version === record.version;
  return (
    <Section title={t('record.publish')} lead={t('record.publish-lead')}>
      {isSame ? <Notice tone="info" title={t('record.same', { version: format.count(record.version) })} /> : null}
      {state === 'draft' ? <Notice tone="warn" title={t('record.still-draft')} /> : null}
      <Group>
        <Button onClick={asking.open} disabled={!isReady || isSame}>
          {t('record.publish-version', { version: format.count(record.version) })}
        </Button>
      </Group>
      {publish.isSuccess ? <Notice tone="good" role="status" title={t('publish.done')} /> : null}
      <Dialog
        title={t('record.sure', { version: format.count(record.version) })}
        isOpen={isAsking}
        onClose={asking.close}
      >
        <p className="prose">{t('record.sure-words')}</p>
        <Facts
          facts={[
            [t('publish.name'), record.title],
            [t('datasets.persons'), format.guarded(record.persons)],
            [t('datasets.studies'), format.guarded(record.studies)],
            [t('record.state'), t(`record.step.${state}`)],
          ]}
        />
        {publish.error === null ? null : <ProblemNotice error={publish.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={asking.close} data-autofocus>
            {t('record.not-yet')}
          </Button>
          <Button
            loading={publish.isPending}
            onClick={() =>
              publish.mutate({ path: `/api/datasets/${encodeURIComponent(name)}/publish`, body: announcement })
            }
          >
            {t('publish.now')}
          </Button>
        </Group>
      </Dialog>
    </Section>
  );
}
