import { Button, Group, Select, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useId } from 'react';
import { useTranslation } from 'react-i18next';
import type { MappingEffect } from '#wire';
import { mappingValuesQuery } from '../api/queries.ts';
import { useFormat } from '../i18n/use-format.ts';
import { Facts } from '../parts/facts.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { Sureness } from './column-list.tsx';
import { findWords } from './find-words.ts';
import { type Decision, knownValues, type StudioColumn } from './mapping-draft.ts';
import type { Elements } from './use-elements.ts';
import { useMappingWords } from './use-mapping-words.ts';
import { ValueTable } from './value-table.tsx';

interface ColumnPanelProps {
  readonly tableId: string;
  readonly column: StudioColumn;
  readonly decision: Decision;
  readonly proposed: Decision;
  readonly effect: MappingEffect | undefined;
  readonly elements: Elements;
  readonly onDecide: (decision: Decision) => void;
}

/** One column: what it holds, what it seems to mean and why, and what a person says of it. */
export function ColumnPanel(props: ColumnPanelProps) {
  const { t } = useTranslation();
  const { column, decision, proposed, elements, onDecide } = props;
  const titleId = useId();
  const shown = decision.kind === 'open' ? proposed : decision;
  const { proposal } = column;
  const choose = (element: string) => {
    const isProposed = proposed.kind === 'map' && proposed.element === element;
    onDecide(isProposed ? proposed : { kind: 'map', element, unit: null, values: {} });
  };
  const options = [...elements.values()].map(({ element, name, table, column: place }) => ({
    value: element,
    label: name,
    place: `${table}.${place}`,
  }));
  return (
    <section className="surface studio-panel" aria-labelledby={titleId}>
      <Group justify="space-between" gap="xs">
        <h2 id={titleId} className="studio-heading">
          {column.column}
        </h2>
        <StateBadge
          tone={decision.kind === 'open' ? (proposed.kind === 'open' ? 'warn' : 'quiet') : 'good'}
          label={t(
            `mapping.mark.${decision.kind === 'open' ? (proposed.kind === 'open' ? 'open' : 'proposed') : 'decided'}`,
          )}
        />
      </Group>
      <Profile column={column} />
      {proposed.kind === 'open' ? null : <Reasons column={column} />}
      <Select
        id="mapping-meaning"
        label={t('mapping.meaning')}
        description={t('mapping.meaning-hint')}
        placeholder={t('mapping.nothing-proposed')}
        searchable
        data={options}
        value={shown.kind === 'map' ? shown.element : null}
        onChange={(element) => {
          if (element !== null) choose(element);
        }}
        filter={({ options: all, search }) =>
          findWords(
            all.flatMap((option) =>
              'value' in option
                ? [{ option, names: [...(elements.get(option.value)?.names ?? []), option.value] }]
                : [],
            ),
            search,
          ).map(({ option }) => option)
        }
        renderOption={({ option }) => (
          <span lang="en">
            {option.label} <span className="digest quiet">{placeOf(elements, option.value)}</span>
          </span>
        )}
        nothingFoundMessage={t('mapping.no-meaning')}
        maxDropdownHeight={320}
      />
      {shown.kind === 'map' ? (
        <p className="quiet studio-place">
          {t('mapping.goes-to')} <span className="digest">{placeOf(elements, shown.element)}</span>
        </p>
      ) : null}
      {proposal.alternatives.length === 0 ? null : (
        <Group gap="xs">
          <span className="quiet">{t('mapping.or')}</span>
          {proposal.alternatives.map(({ element, confidence }, index) => (
            <Button
              key={element}
              size="xs"
              variant="default"
              aria-keyshortcuts={String(index + 1)}
              onClick={() => choose(element)}
            >
              <span lang="en">
                {index + 1}. {elements.get(element)?.name ?? element}
              </span>
              &nbsp;
              <Sureness share={confidence} />
            </Button>
          ))}
        </Group>
      )}
      <Group gap="xs">
        {decision.kind === 'open' && proposed.kind !== 'open' ? (
          <Button size="sm" onClick={() => onDecide(proposed)}>
            {t('mapping.accept')}
          </Button>
        ) : null}
        <Button size="sm" variant="default" onClick={() => onDecide({ kind: 'leave-out', reason: 'unneeded' })}>
          {t('mapping.leave-out')}
        </Button>
        <Button size="sm" variant="default" onClick={() => onDecide({ kind: 'leave-out', reason: 'people' })}>
          {t('mapping.names-people')}
        </Button>
        {decision.kind === 'open' ? null : (
          <Button size="sm" variant="subtle" onClick={() => onDecide({ kind: 'open' })}>
            {t('mapping.reopen')}
          </Button>
        )}
      </Group>
      {shown.kind === 'map' ? <MeaningDetails {...props} shown={shown} /> : null}
      <Refused {...props} />
    </section>
  );
}

function placeOf(elements: Elements, id: string): string {
  const element = elements.get(id);
  return element === undefined ? id : `${element.table}.${element.column}`;
}

function Profile({ column: { profile } }: { readonly column: StudioColumn }) {
  const { t } = useTranslation();
  const format = useFormat();
  const words = useMappingWords();
  const facts: (readonly [string, ReactNode])[] = [
    [t('mapping.kind'), t(`mapping.kind.${profile.kind}`)],
    [
      t('mapping.filled'),
      t('mapping.filled-of', {
        filled: format.count(profile.filled),
        rows: format.count(profile.filled + profile.missing),
        distinct: format.count(profile.distinct),
      }),
    ],
  ];
  if (profile.range !== null) {
    const [least, greatest] = profile.range;
    const unit = profile.unit === '' ? '' : ` ${profile.unit}`;
    facts.push([t('mapping.range'), `${format.number(least)} – ${format.number(greatest)}${unit}`]);
  }
  if (profile.days !== null) facts.push([t('mapping.days'), profile.days.join(' – ')]);
  if (profile.kind === 'number' && profile.decimalMark === ',')
    facts.push([t('mapping.written'), t('mapping.decimal-comma')]);
  if (profile.kind === 'date') facts.push([t('mapping.written'), t(`mapping.order.${profile.dateOrder}`)]);
  if (profile.oddCells > 0) {
    facts.push([
      t('mapping.odd'),
      <ul key="odd" className="plain">
        {profile.oddities.slice(0, 4).map(({ row, oddity }) => (
          <li key={row}>{t('mapping.odd-cell', { row: format.count(row + 1), what: words.problem(oddity) })}</li>
        ))}
        {profile.oddCells > 4 ? (
          <li className="quiet">{t('mapping.odd-more', { cells: format.count(profile.oddCells) })}</li>
        ) : null}
      </ul>,
    ]);
  }
  return <Facts facts={facts} />;
}

function Reasons({ column: { proposal } }: { readonly column: StudioColumn }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <div className="studio-why">
      <Group gap="sm">
        <strong>{t('mapping.why')}</strong>
        <Sureness share={proposal.confidence} />
      </Group>
      <ul>
        {proposal.reasons.map((reason) => (
          <li key={reason.kind}>
            {t(`mapping.reason.${reason.kind}`, {
              name: 'name' in reason ? reason.name : 'heading' in reason ? reason.heading : '',
              share: 'share' in reason ? format.percent(reason.share) : '',
            })}
          </li>
        ))}
      </ul>
    </div>
  );
}

interface MeaningDetailsProps extends ColumnPanelProps {
  readonly shown: Extract<Decision, { kind: 'map' }>;
}

/** The unit of numbers, the answers of coded values. */
function MeaningDetails({ tableId, column, proposed, elements, shown, onDecide }: MeaningDetailsProps) {
  const { t } = useTranslation();
  const element = elements.get(shown.element);
  const isCoded = element?.kind === 'coded' || element?.kind === 'yes-no';
  const isProposed = proposed.kind === 'map' && proposed.element === shown.element;
  const chosen = useQuery({
    ...mappingValuesQuery(tableId, column.column, shown.element),
    enabled: isCoded && !isProposed,
  });
  if (element === undefined) return null;
  if (element.unit !== null && element.kind === 'number') {
    return (
      <TextInput
        label={t('mapping.unit')}
        description={t('mapping.unit-hint')}
        placeholder={column.profile.unit}
        value={shown.unit ?? ''}
        maxLength={40}
        onChange={({ currentTarget }) =>
          onDecide({ ...shown, unit: currentTarget.value === '' ? null : currentTarget.value })
        }
      />
    );
  }
  if (!isCoded) return null;
  const values = isProposed ? column.proposal.values : (chosen.data?.items ?? []);
  return (
    <ValueTable
      element={element}
      values={values}
      codes={{ ...knownValues(values), ...shown.values }}
      onCode={(value, code) => {
        const { [value]: _, ...others } = { ...knownValues(values), ...shown.values };
        onDecide({ ...shown, values: code === undefined ? others : { ...others, [value]: code } });
      }}
    />
  );
}

/** The cells of this column that would not be taken over as they are. */
function Refused({ column, effect }: ColumnPanelProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const words = useMappingWords();
  const own = effect?.byColumn.find((one) => one.column === column.column);
  if (own === undefined) return null;
  const issues = (effect?.issues ?? []).filter((issue) => issue.column === column.column);
  return (
    <div className="studio-refusals">
      <p>{t('mapping.column-effect', { taken: format.count(own.taken), filled: format.count(own.filled) })}</p>
      {issues.length === 0 ? null : (
        <ul>
          {issues.slice(0, 6).map(({ row, problem, cell }) => (
            <li key={`${row} ${problem}`}>
              {t('mapping.odd-cell', { row: format.count(row + 1), what: words.problem(problem) })}
              {cell === '' ? null : <q className="cell">{cell}</q>}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
