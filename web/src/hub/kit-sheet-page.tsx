import { Button, Group } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { KIT_SHEETS, type Kit } from '#wire';
import { kitQuery } from '../api/queries.ts';
import { Loaded } from '../parts/loaded.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { NotFoundPage } from '../shell/not-found-page.tsx';
import { KitChoiceFields } from './kit-choice.tsx';
import { useKitCount } from './kit-count.ts';
import { LeafletSheets, PosterSheet, ScreenSheet } from './kit-sheets.tsx';
import { useKitChoice } from './use-kit-choice.ts';

const SHOWN = [...KIT_SHEETS, 'screen'] as const;
type Shown = (typeof SHOWN)[number];
/** Size of the paper, which the printer's dialogue takes over. */
const PAPERS: Readonly<Record<Shown, string>> = {
  'poster-a3': 'A3 portrait',
  'poster-a4': 'A4 portrait',
  leaflet: 'A4 landscape',
  screen: 'A4 landscape',
};

/** A sheet as it is printed, or what a screen in a waiting room shows. */
export function KitSheetPage() {
  const { sheet } = useParams({ strict: false });
  const shown = SHOWN.find((one) => one === sheet);
  return shown === undefined ? <NotFoundPage /> : <SheetPage shown={shown} />;
}

function SheetPage({ shown }: { readonly shown: Shown }) {
  const { t } = useTranslation();
  const [choice, setChoice] = useKitChoice();
  const frame = useRef<HTMLElement>(null);
  useKitCount(shown, choice.language);
  const title = {
    'poster-a3': t('kit.poster-a3'),
    'poster-a4': t('kit.poster-a4'),
    leaflet: t('kit.leaflet'),
    screen: t('kit.screen'),
  }[shown];
  return (
    <>
      <style>{`@media print { @page { size: ${PAPERS[shown]}; margin: 0; } }`}</style>
      <div className="not-printed">
        <PageHead
          title={title}
          lead={t(shown === 'screen' ? 'kit.screen-lead' : shown === 'leaflet' ? 'kit.leaflet-lead' : 'kit.print-lead')}
          aside={
            <Group gap="sm">
              {shown === 'screen' ? (
                <Button variant="default" onClick={() => void frame.current?.requestFullscreen()}>
                  {t('kit.full-screen')}
                </Button>
              ) : (
                <Button variant="default" onClick={() => window.print()}>
                  {t('kit.print')}
                </Button>
              )}
            </Group>
          }
        />
      </div>
      <Loaded query={useQuery(kitQuery(choice.language, choice.partner))}>
        {(kit) => (
          <>
            <KitChoiceFields choice={choice} partners={kit.partners} onChange={setChoice} />
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls sideways on a narrow screen */}
            <section className={`kit-paper kit-${shown}`} aria-label={title} tabIndex={0} ref={frame}>
              <Sheet shown={shown} kit={kit} />
            </section>
          </>
        )}
      </Loaded>
    </>
  );
}

function Sheet({ shown, kit }: { readonly shown: Shown; readonly kit: Kit }) {
  if (shown === 'leaflet') return <LeafletSheets kit={kit} />;
  return shown === 'screen' ? <ScreenSheet kit={kit} /> : <PosterSheet kit={kit} />;
}
