import { Button, Group, NativeSelect } from '@mantine/core';
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { MappingEffect } from '#wire';
import { useFormat } from '../i18n/use-format.ts';
import {
  acceptAll,
  type Decision,
  type Draft,
  decide,
  decisionOf,
  proposedFor,
  type StudioColumn,
  sureColumns,
} from './mapping-draft.ts';
import { type Elements, useElements } from './use-elements.ts';

const THRESHOLDS = [0.95, 0.9, 0.8, 0.7, 0.5] as const;

interface ColumnListProps {
  readonly columns: readonly StudioColumn[];
  readonly draft: Draft;
  /** Which is shown beside the list. */
  readonly at: number;
  readonly effect: MappingEffect | undefined;
  readonly onGo: (at: number) => void;
  readonly onDraft: (draft: Draft) => void;
}

/**
 * All columns with what is proposed and decided. Arrow keys walk, Enter accepts and goes on to the next open one, a digit takes an alternative,
 * L leaves the column out, Backspace opens it again, E leads to the choice of another meaning.
 */
export function ColumnList({ columns, draft, at, effect, onGo, onDraft }: ColumnListProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const elements = useElements();
  const [atLeast, setAtLeast] = useState(0.9);
  const keysId = useId();
  const titleId = useId();
  const list = useRef<HTMLOListElement>(null);
  const hasKeys = useRef(false);
  const sure = sureColumns(columns, draft, atLeast);

  // Focus follows the chosen column, but only where the list has the keys.
  useEffect(() => {
    if (hasKeys.current) list.current?.querySelectorAll('button').item(at)?.focus();
  }, [at]);

  const nextOpen = (after: Draft): number => {
    const isOpen = (one: StudioColumn | undefined) =>
      one !== undefined && decisionOf(after, one.column).kind === 'open';
    for (let step = 1; step <= columns.length; step += 1) {
      const next = (at + step) % columns.length;
      if (isOpen(columns[next])) return next;
    }
    return Math.min(at + 1, columns.length - 1);
  };
  const decideAndGo = (column: StudioColumn, decision: Decision) => {
    const after = decide(draft, column.column, decision);
    onDraft(after);
    if (decision.kind !== 'open') onGo(nextOpen(after));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const column = columns[at];
    if (column === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const done = keyActions(event.key, column);
    if (done === undefined) return;
    event.preventDefault();
    done();
  };
  const keyActions = (key: string, column: StudioColumn): (() => void) | undefined => {
    const last = columns.length - 1;
    switch (key) {
      case 'ArrowDown':
        return () => onGo(Math.min(last, at + 1));
      case 'ArrowUp':
        return () => onGo(Math.max(0, at - 1));
      case 'Home':
        return () => onGo(0);
      case 'End':
        return () => onGo(last);
      case 'Enter': {
        const proposed = proposedFor(column);
        const isDecided = decisionOf(draft, column.column).kind !== 'open';
        if (isDecided || proposed.kind === 'open') return () => onGo(nextOpen(draft));
        return () => decideAndGo(column, proposed);
      }
      case 'l':
      case 'L':
        return () => decideAndGo(column, { kind: 'leave-out', reason: 'unneeded' });
      case 'Backspace':
        return () => decideAndGo(column, { kind: 'open' });
      case 'e':
      case 'E':
        return () => document.getElementById('mapping-meaning')?.focus();
      default: {
        const alternative = /^[1-9]$/.test(key) ? column.proposal.alternatives[Number(key) - 1] : undefined;
        if (alternative === undefined) return undefined;
        return () =>
          onDraft(decide(draft, column.column, { kind: 'map', element: alternative.element, unit: null, values: {} }));
      }
    }
  };

  return (
    <section className="surface studio-list" aria-labelledby={titleId}>
      <h2 id={titleId} className="studio-heading">
        {t('mapping.columns')}
      </h2>
      <Group gap="xs" align="flex-end">
        <NativeSelect
          label={t('mapping.accept-from')}
          value={String(atLeast)}
          onChange={({ currentTarget }) => setAtLeast(Number(currentTarget.value))}
          data={THRESHOLDS.map((one) => ({
            value: String(one),
            label: t('mapping.at-least', { share: format.percent(one) }),
          }))}
        />
        <Button variant="default" disabled={sure.length === 0} onClick={() => onDraft(acceptAll(draft, sure))}>
          {t('mapping.accept-sure', { columns: format.count(sure.length) })}
        </Button>
      </Group>
      <p className="quiet studio-keys" id={keysId}>
        {t('mapping.keys')}
      </p>
      <ol
        ref={list}
        className="studio-columns"
        onKeyDown={onKeyDown}
        onFocus={() => {
          hasKeys.current = true;
        }}
        onBlur={({ currentTarget, relatedTarget }) => {
          if (relatedTarget !== null && !currentTarget.contains(relatedTarget)) hasKeys.current = false;
        }}
      >
        {columns.map((column, index) => (
          <li key={column.column}>
            <button
              type="button"
              className="studio-column"
              tabIndex={index === at ? 0 : -1}
              aria-current={index === at ? 'true' : undefined}
              aria-describedby={keysId}
              data-state={decisionOf(draft, column.column).kind}
              onClick={() => onGo(index)}
            >
              <Row
                column={column}
                decision={decisionOf(draft, column.column)}
                elements={elements}
                refused={refusedOf(effect, column.column)}
              />
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
}

function refusedOf(effect: MappingEffect | undefined, column: string): number {
  const own = effect?.byColumn.find((one) => one.column === column);
  return own === undefined ? 0 : Object.values(own.problems).reduce((sum, one) => sum + one, 0);
}

interface RowProps {
  readonly column: StudioColumn;
  readonly decision: Decision;
  readonly elements: Elements;
  readonly refused: number;
}

function Row({ column, decision, elements, refused }: RowProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const shown = decision.kind === 'open' ? proposedFor(column) : decision;
  const isProposed = decision.kind === 'open' && shown.kind !== 'open';
  const state = decision.kind === 'open' ? (shown.kind === 'open' ? 'open' : 'proposed') : 'decided';
  return (
    <>
      <span className="studio-name">{column.column}</span>
      <span className="studio-meaning" lang={shown.kind === 'map' ? 'en' : undefined}>
        {shown.kind === 'map'
          ? (elements.get(shown.element)?.name ?? shown.element)
          : shown.kind === 'leave-out'
            ? t(`mapping.left-out.${shown.reason}`)
            : t('mapping.nothing-proposed')}
      </span>
      <span className="studio-side">
        {isProposed ? <Sureness share={column.proposal.confidence} /> : null}
        <span className="mark" data-state={state}>
          {t(`mapping.mark.${state}`)}
        </span>
      </span>
      {refused === 0 ? null : (
        <span className="studio-refused">{t('mapping.refused', { cells: format.count(refused) })}</span>
      )}
    </>
  );
}

/** How sure a proposal is: a short bar with the percentage beside it. */
export function Sureness({ share }: { readonly share: number }) {
  const format = useFormat();
  return (
    <span className="sureness">
      <span className="bar-track" aria-hidden="true">
        <span className="bar-fill" style={{ width: `${100 * share}%` }} />
      </span>
      {format.percent(share)}
    </span>
  );
}
