import { Button, Group } from '@mantine/core';
import { useTranslation } from 'react-i18next';

interface FrameStepsProps {
  /** The first is 0. */
  readonly frame: number;
  readonly frames: number;
  readonly isBusy?: boolean;
  readonly onGo: (frame: number) => void;
}

/** From one frame of a picture to the next. */
export function FrameSteps({ frame, frames, isBusy = false, onGo }: FrameStepsProps) {
  const { t } = useTranslation();
  return (
    <Group gap="xs">
      <Button variant="default" size="sm" disabled={isBusy || frame === 0} onClick={() => onGo(frame - 1)}>
        {t('quarantine.previous-frame')}
      </Button>
      <span role="status">{t('quarantine.frame', { number: frame + 1, total: frames })}</span>
      <Button variant="default" size="sm" disabled={isBusy || frame + 1 === frames} onClick={() => onGo(frame + 1)}>
        {t('quarantine.next-frame')}
      </Button>
    </Group>
  );
}
