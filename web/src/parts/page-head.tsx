import { Group, Stack, Title } from '@mantine/core';
import { type ReactNode, useEffect } from 'react';
import { useSession } from '../api/session.ts';

interface PageHeadProps {
  readonly title: string;
  /** One sentence on what this page is for. */
  readonly lead?: string;
  readonly aside?: ReactNode;
}

/** The page's one first-level heading; also names the browser tab. */
export function PageHead({ title, lead, aside }: PageHeadProps) {
  const { house } = useSession();
  useEffect(() => {
    document.title = `${title} · ${house.name}`;
  }, [title, house.name]);
  return (
    <Group justify="space-between" align="flex-start" gap="md">
      <Stack gap={6} style={{ flex: '1 1 20rem', minWidth: 0 }}>
        <Title order={1} style={{ overflowWrap: 'anywhere' }}>
          {title}
        </Title>
        {lead === undefined ? null : <p className="lead">{lead}</p>}
      </Stack>
      {aside}
    </Group>
  );
}
