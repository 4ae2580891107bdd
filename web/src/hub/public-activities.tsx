import { Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { publicActivitiesQuery } from '../api/queries.ts';
import { Loaded } from '../parts/loaded.tsx';
import { Section } from '../parts/section.tsx';
import { ActivityCard } from './activity-card.tsx';

/** What the network does with others, as far as everybody may know it; nothing where nothing is public. */
export function PublicActivitySection() {
  const { t } = useTranslation();
  return (
    <Loaded query={useQuery(publicActivitiesQuery)}>
      {(activities) =>
        activities.length === 0 ? null : (
          <Section title={t('collab.title')} lead={t('collab.public-lead')}>
            <Stack gap="md">
              {activities.map((activity) => (
                <ActivityCard key={activity.activityId} activity={activity} />
              ))}
            </Stack>
          </Section>
        )
      }
    </Loaded>
  );
}
