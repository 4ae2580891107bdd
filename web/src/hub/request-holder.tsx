import { Button, Checkbox, Group, NativeSelect, Stack, Textarea, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type AccessRequest, type HolderView, MOVES, REFUSAL_REASONS, type VoteInput } from '#wire';
import { useWrite } from '../api/use-write.ts';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { Facts } from '../parts/facts.tsx';
import { Notice } from '../parts/notice.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { TextLink } from '../parts/router-link.tsx';
import { Section } from '../parts/section.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { HOLDER_TONES, useConditionWords } from './access-words.ts';
import { FeeAnswer, FeeForm, FeeTable } from './request-fee.tsx';
import { WordsForm } from './words-form.tsx';

const DAY_MS = 86_400_000;
const VERDICT_TONES = { met: 'good', breached: 'bad', 'people-judge': 'warn' } as const;

interface HolderProps {
  readonly request: AccessRequest;
  readonly holder: HolderView;
}

/** A request at one holder: where it stands, clause by clause, what was decided, and what the reader may do. */
export function RequestHolder({ request, holder }: HolderProps) {
  const { t } = useTranslation();
  const { siteId, state, turn } = holder;
  const decides = request.mayDecideFor.includes(siteId);
  return (
    <Section
      title={t('access.at-holder', { holder: siteId })}
      aside={<StateBadge tone={HOLDER_TONES[state]} label={t(`access.holder-state.${state}`)} />}
    >
      <HolderFacts holder={holder} />
      <Matching of={siteId} matching={holder.matching} />
      <Decision request={request} holder={holder} />
      {holder.votes.length > 0 || holder.recused.length > 0 ? <Votes holder={holder} /> : null}
      {holder.question !== null ? (
        <Notice tone="info" title={t('access.question')}>
          <p className="prose written">{holder.question}</p>
        </Notice>
      ) : null}
      {holder.fee === null || holder.decision !== null ? null : <FeeTable of={siteId} fee={holder.fee} />}
      {request.isOwn ? <RequestersSteps request={request} holder={holder} /> : null}
      {decides && turn === 'holder' ? <CommitteeRoom request={request} holder={holder} /> : null}
    </Section>
  );
}

function HolderFacts({ holder }: { readonly holder: HolderView }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { turn, dueAtMs, holderSpentMs, committee, quorum, voters, datasets } = holder;
  return (
    <Facts
      facts={[
        [t('access.datasets'), datasets.join(', ')],
        [t('access.turn'), t(`access.turn.${turn}`)],
        [t('access.spent'), t('access.days', { count: Math.floor(holderSpentMs / DAY_MS) })],
        ...(dueAtMs === null ? [] : ([[t('access.due'), format.day(dueAtMs)]] as const)),
        [t('access.committee'), t(`access.committee.${committee}`)],
        [
          t('access.quorum'),
          voters === null
            ? format.number(quorum)
            : t('access.quorum-of', { quorum: format.number(quorum), voters: format.number(voters) }),
        ],
        ...(holder.isAppeal ? ([[t('access.ballot'), t('access.appeal')]] as const) : []),
      ]}
    />
  );
}

/** How the purpose stands to each condition, and why. */
export function Matching({
  of,
  matching,
}: {
  /** Whose conditions: tells one table of a page from another. */
  readonly of: string;
  readonly matching: readonly {
    readonly siteId?: string;
    readonly dataset: string;
    readonly conditions: HolderView['matching'][number]['conditions'];
  }[];
}) {
  const { t } = useTranslation();
  const words = useConditionWords();
  const rows = matching.flatMap(({ siteId, dataset, conditions }) =>
    conditions.map((condition) => ({ ...condition, dataset: siteId === undefined ? dataset : `${siteId}/${dataset}` })),
  );
  if (rows.length === 0) return <p className="prose quiet">{t('match.none')}</p>;
  return (
    <DataTable
      caption={`${t('match.table')}: ${of}`}
      rows={rows}
      keyOf={({ dataset, term }) => `${dataset}/${term}`}
      columns={[
        { head: t('match.condition'), cell: ({ term }) => words.term(term) },
        { head: t('permits.dataset'), cell: ({ dataset }) => dataset },
        {
          head: t('match.verdict'),
          cell: ({ verdict }) => <StateBadge tone={VERDICT_TONES[verdict]} label={words.verdict(verdict)} />,
        },
        { head: t('access.because'), cell: ({ reason }) => t(`match.reason.${reason}`) },
      ]}
    />
  );
}

function Decision({ request, holder }: HolderProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const words = useConditionWords();
  const { decision, siteId } = holder;
  if (decision === null) return null;
  const { requestId } = request;
  return (
    <Notice
      tone={decision.decision === 'granted' ? 'good' : 'warn'}
      title={`${t(`access.holder-state.${decision.decision}`)}, ${format.moment(decision.atMs)}`}
    >
      <p className="prose written">{decision.because}</p>
      {decision.reason === null ? null : <p>{t(`refusal.${decision.reason}`)}</p>}
      {decision.conditions.length === 0 ? null : (
        <>
          <p>{t('access.conditions')}</p>
          <ul>
            {decision.conditions.map((condition) => (
              <li key={condition}>{condition}</li>
            ))}
          </ul>
        </>
      )}
      {decision.waivers.length === 0 ? null : (
        <>
          <p>{t('access.waived')}</p>
          <ul>
            {decision.waivers.map(({ term, because }) => (
              <li key={term}>
                {words.term(term)}: {because}
              </li>
            ))}
          </ul>
        </>
      )}
      {decision.feeAnswer === null ? null : (
        <p>
          {t(decision.feeAnswer.accepted ? 'fee.accepted' : 'fee.declined', {
            date: format.day(decision.feeAnswer.atMs),
          })}
        </p>
      )}
      <TextLink to="/access/$requestId/letters/$siteId" params={{ requestId, siteId }}>
        {t('access.letter')}
      </TextLink>
    </Notice>
  );
}

function Votes({ holder }: { readonly holder: HolderView }) {
  const { t } = useTranslation();
  const format = useFormat();
  const rows = [
    ...holder.votes.map(({ by, vote, because, atMs }) => ({ by, what: t(`vote.${vote}`), because, atMs })),
    ...holder.recused.map(({ by, because }) => ({ by, what: t('vote.recused'), because, atMs: null })),
  ];
  return (
    <DataTable
      caption={`${t('vote.table')}: ${holder.siteId}`}
      rows={rows}
      keyOf={({ by, what }) => `${by}/${what}`}
      columns={[
        { head: t('vote.member'), cell: ({ by }) => by },
        { head: t('vote.vote'), cell: ({ what }) => what },
        { head: t('access.because'), cell: ({ because }) => because },
        { head: t('vote.when'), oneLine: true, cell: ({ atMs }) => (atMs === null ? '–' : format.moment(atMs)) },
      ]}
    />
  );
}

function RequestersSteps({ request, holder }: HolderProps) {
  const { t } = useTranslation();
  const { turn, siteId, decision } = holder;
  const path = `/api/access-requests/${encodeURIComponent(request.requestId)}/holders/${siteId}`;
  if (holder.state === 'fee-asked' && decision?.fee != null) {
    return (
      <>
        <FeeAnswer path={path} of={siteId} fee={decision.fee} untilMs={decision.feeAnswerUntilMs} />
        <details>
          <summary>{t('fee.discuss')}</summary>
          <WordsForm path={`${path}/answer`} label={t('access.answer')} action={t('access.answer-send')} />
        </details>
      </>
    );
  }
  if (turn === 'requester') {
    return (
      <WordsForm path={`${path}/answer`} label={t('access.answer')} action={t('access.answer-send')} variant="filled" />
    );
  }
  if (turn === 'nobody' && decision?.appealUntilMs != null && decision.appealUntilMs > Date.now()) {
    return (
      <details>
        <summary>{t('access.appeal')}</summary>
        <WordsForm path={`${path}/appeal`} label={t('access.appeal-why')} action={t('access.appeal')} />
      </details>
    );
  }
  return null;
}

/** What a member of the committee can do while it is the holder's turn. */
function CommitteeRoom({ request, holder }: HolderProps) {
  const { t } = useTranslation();
  const path = `/api/access-requests/${encodeURIComponent(request.requestId)}/holders/${holder.siteId}`;
  return (
    <Stack gap="md" className="filter-row">
      <h3>{t('room.title')}</h3>
      <VoteForm key={holder.version} path={path} holder={holder} />
      <details>
        <summary>{t('fee.title')}</summary>
        <FeeForm key={holder.version} path={path} fee={holder.fee} />
      </details>
      <details>
        <summary>{t('room.ask')}</summary>
        <WordsForm path={`${path}/question`} label={t('access.question')} action={t('room.ask')} />
      </details>
      <details>
        <summary>{t('room.recuse')}</summary>
        <WordsForm path={`${path}/recusal`} label={t('room.recuse-why')} action={t('room.recuse')} />
      </details>
      <MoveForm path={path} />
    </Stack>
  );
}

function VoteForm({ path, holder }: { readonly path: string; readonly holder: HolderView }) {
  const { t } = useTranslation();
  const words = useConditionWords();
  const [because, setBecause] = useState('');
  const [reason, setReason] = useState<(typeof REFUSAL_REASONS)[number]>('purpose-not-covered');
  const [conditions, setConditions] = useState('');
  const [waived, setWaived] = useState<Readonly<Record<string, string>>>({});
  const vote = useWrite(['access-requests', 'permits'], () => setBecause(''));
  const breached = [
    ...new Set(
      holder.matching
        .flatMap((one) => one.conditions)
        .flatMap(({ term, verdict }) => (verdict === 'breached' ? [term] : [])),
    ),
  ];
  const cast = (kind: VoteInput['vote']) => (event: FormEvent<HTMLButtonElement>) => {
    event.preventDefault();
    if (!event.currentTarget.form?.reportValidity()) return;
    const body: VoteInput =
      kind === 'grant'
        ? {
            vote: 'grant',
            version: holder.version,
            because,
            conditions: conditions
              .split('\n')
              .map((line) => line.trim())
              .filter((line) => line !== ''),
            waivers: Object.entries(waived).map(([term, why]) => ({ term, because: why })),
          }
        : kind === 'refuse'
          ? { vote: 'refuse', version: holder.version, because, reason }
          : { vote: 'abstain', version: holder.version, because };
    vote.mutate({ path: `${path}/votes`, body });
  };
  return (
    <form>
      <Stack gap="sm">
        <Textarea
          label={t('access.reason')}
          description={t('access.reason-hint')}
          required
          maxLength={1000}
          value={because}
          onChange={({ currentTarget }) => setBecause(currentTarget.value)}
        />
        <Textarea
          label={t('room.conditions')}
          description={t('room.conditions-hint')}
          autosize
          maxLength={4000}
          value={conditions}
          onChange={({ currentTarget }) => setConditions(currentTarget.value)}
        />
        {breached.map((term) => (
          <Waiver
            key={term}
            name={words.term(term)}
            because={waived[term]}
            onChange={(why) =>
              setWaived(({ [term]: _, ...others }) => (why === undefined ? others : { ...others, [term]: why }))
            }
          />
        ))}
        <NativeSelect
          label={t('room.refusal')}
          value={reason}
          data={REFUSAL_REASONS.map((value) => ({ value, label: t(`refusal.${value}`) }))}
          onChange={({ currentTarget }) =>
            setReason(REFUSAL_REASONS.find((one) => one === currentTarget.value) ?? 'other')
          }
        />
        <Group gap="sm">
          <Button type="button" onClick={cast('grant')} loading={vote.isPending}>
            {t('access.grant')}
          </Button>
          <Button type="button" variant="default" onClick={cast('refuse')} disabled={vote.isPending}>
            {t('access.refuse')}
          </Button>
          <Button type="button" variant="default" onClick={cast('abstain')} disabled={vote.isPending}>
            {t('vote.abstain')}
          </Button>
        </Group>
      </Stack>
      {vote.error === null ? null : <ProblemNotice error={vote.error} />}
    </form>
  );
}

function Waiver({
  name,
  because,
  onChange,
}: {
  readonly name: string;
  readonly because: string | undefined;
  readonly onChange: (because: string | undefined) => void;
}) {
  const { t } = useTranslation();
  return (
    <div>
      <Checkbox
        label={t('room.waive', { condition: name })}
        checked={because !== undefined}
        onChange={({ currentTarget }) => onChange(currentTarget.checked ? '' : undefined)}
      />
      {because === undefined ? null : (
        <TextInput
          mt="xs"
          label={t('room.waive-why', { condition: name })}
          required
          maxLength={500}
          value={because}
          onChange={({ currentTarget }) => onChange(currentTarget.value)}
        />
      )}
    </div>
  );
}

function MoveForm({ path }: { readonly path: string }) {
  const { t } = useTranslation();
  const [state, setState] = useState<string>(MOVES[0]);
  const move = useWrite(['access-requests']);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    move.mutate({ path: `${path}/state`, body: { state } });
  };
  return (
    <form onSubmit={submit}>
      <Group align="flex-end" gap="sm">
        <NativeSelect
          label={t('room.state')}
          value={state}
          data={MOVES.map((value) => ({ value, label: t(`access.holder-state.${value}`) }))}
          onChange={({ currentTarget }) => setState(currentTarget.value)}
        />
        <Button type="submit" variant="default" loading={move.isPending}>
          {t('room.state-set')}
        </Button>
      </Group>
      {move.error === null ? null : <ProblemNotice error={move.error} />}
    </form>
  );
}
