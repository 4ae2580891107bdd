import { Button, Group } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { ButtonLink } from '../parts/router-link.tsx';

/** On a page that is made to be printed: back to the films, and print. */
export function SheetButtons({ study }: { readonly study: string }) {
  const { t } = useTranslation();
  return (
    <Group gap="xs" className="not-printed">
      <ButtonLink to="/reading/$study" params={{ study }} variant="default">
        {t('plan.back')}
      </ButtonLink>
      <Button variant="default" onClick={() => window.print()}>
        {t('plan.print')}
      </Button>
    </Group>
  );
}
