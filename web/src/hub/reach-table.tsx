import { useTranslation } from 'react-i18next';
import { KIT_USES, type KitMaterial, type KitReach, type NetworkProgress } from '#wire';
import { LANGUAGES } from '../i18n/languages.ts';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { Figures } from '../parts/figures.tsx';
import { Section } from '../parts/section.tsx';
import { TableFile } from './tally-tables.tsx';

/** What a material of the kit is called. */
export function useMaterialName(): (material: KitMaterial) => string {
  const { t } = useTranslation();
  return (material) => t(`kit.${material}`);
}

/** The columns of a table of reach, one for each way of use. */
export function useReachColumns() {
  const { t } = useTranslation();
  const format = useFormat();
  return KIT_USES.map((use) => ({
    head: t(`outreach.use.${use}`),
    numeric: true as const,
    cell: (row: Readonly<Record<typeof use, number>>) => format.count(row[use]),
  }));
}

/** How often each material was used in each language, and in which way. */
export function ReachTable({ caption, rows }: { readonly caption: string; readonly rows: KitReach['rows'] }) {
  const { t } = useTranslation();
  const nameOf = useMaterialName();
  const uses = useReachColumns();
  return (
    <DataTable
      caption={caption}
      rows={rows}
      keyOf={({ material, language }) => `${material}/${language}`}
      columns={[
        { head: t('outreach.material'), cell: ({ material }) => nameOf(material) },
        { head: t('kit.language'), cell: ({ language }) => LANGUAGES[language] },
        ...uses,
      ]}
    />
  );
}

/** How far the campaign kit has come, beside what the network does with others. */
export function ReachSection({ outreach }: { readonly outreach: NetworkProgress['outreach'] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const title = t('progress.outreach');
  return (
    <Section title={title} lead={t('outreach.reach-lead')}>
      <Figures
        figures={KIT_USES.map((use) => ({
          label: t(`outreach.use.${use}`),
          value: format.count(outreach.reduce((sum, row) => sum + row[use], 0)),
        }))}
      />
      {outreach.length === 0 ? null : (
        <>
          <ReachTable caption={`${title}: ${t('outreach.material')}`} rows={outreach} />
          <TableFile table="outreach" title={title} />
        </>
      )}
    </Section>
  );
}
