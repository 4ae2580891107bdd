import { Button, Group, Stack, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { ClinicWatches, WatchAnswer } from '#wire';
import { clinicWatchesQuery } from '../api/queries.ts';
import { holdsOneOf, useSession } from '../api/session.ts';
import { useWrite } from '../api/use-write.ts';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { Facts } from '../parts/facts.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { Section } from '../parts/section.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { useCorrectionWords } from '../parts/use-correction-words.ts';
import { NODE_READERS } from './node-readers.ts';

const QUESTION_TONES = { waiting: 'warn', approved: 'good', denied: 'bad' } as const;
const CORRECTION_TONES = { suggested: 'warn', accepted: 'good', declined: 'quiet', replaced: 'quiet' } as const;

/** What the network asked of models here, with what would leave, and what it suggested. */
export function WatchQuestions() {
  const { t } = useTranslation();
  return (
    <Section title={t('watch.questions')} lead={t('watch.questions-lead')}>
      <Loaded query={useQuery(clinicWatchesQuery)} roles={NODE_READERS.clinic}>
        {({ questions, corrections }) =>
          questions.length === 0 ? (
            <p className="prose quiet">{t('clinic.nothing')}</p>
          ) : (
            <Stack gap="md">
              {corrections.map((one) => (
                <Correction key={one.watchId} suggested={one} />
              ))}
              {questions.map((one) => (
                <Question key={one.watchId} question={one} />
              ))}
            </Stack>
          )
        }
      </Loaded>
    </Section>
  );
}

function Question({ question }: { readonly question: ClinicWatches['questions'][number] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const decides = holdsOneOf(useSession(), ['operator', 'protection-officer']);
  const decide = useWrite(['clinic']);
  const { watchId, model, state, answer } = question;
  const send = (decision: 'approved' | 'denied') =>
    decide.mutate({ path: `/api/clinic/watches/${encodeURIComponent(watchId)}/decision`, body: { decision } });
  return (
    <article className="filter-row">
      <Stack gap="sm">
        <Group justify="space-between" gap="xs">
          <Title order={3}>{model}</Title>
          <StateBadge tone={QUESTION_TONES[state]} label={t(`watch.question.${state}`)} />
        </Group>
        <p className="prose">{question.because}</p>
        <Facts
          facts={[
            [t('approvals.who'), question.requester],
            [t('approvals.asked'), format.moment(question.askedAtMs)],
            ...(question.decidedBy === null ? [] : ([[t('clinic.decided-by'), question.decidedBy]] as const)),
          ]}
        />
        {answer === null ? null : (
          <details>
            <summary>{t(state === 'waiting' ? 'watch.would-leave' : 'watch.left')}</summary>
            <Leaving answer={answer} asked={format.moment(question.askedAtMs)} />
          </details>
        )}
        {decides && state === 'waiting' ? (
          <Group gap="sm">
            <Button onClick={() => send('approved')} loading={decide.isPending}>
              {t('watch.approve')}
            </Button>
            <Button variant="default" onClick={() => send('denied')} disabled={decide.isPending}>
              {t('watch.deny')}
            </Button>
          </Group>
        ) : null}
        {decide.error === null ? null : <ProblemNotice error={decide.error} />}
      </Stack>
    </article>
  );
}

/** Every number of the answer. */
function Leaving({ answer, asked }: { readonly answer: WatchAnswer; readonly asked: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const correctionWords = useCorrectionWords();
  const { model, correction } = answer;
  return (
    <Stack gap="sm" mt="sm">
      <p className="prose quiet">{t('watch.leaves-lead')}</p>
      <Facts
        facts={[
          [
            t('clinic.version'),
            <span key="version" className="digest">
              {model.version}
            </span>,
          ],
          [t('watch.correction'), correction === null ? t('watch.none') : correctionWords(correction)],
        ]}
      />
      {answer.periods.length === 0 ? (
        <p className="prose quiet">{t('watch.no-periods')}</p>
      ) : (
        <DataTable
          caption={`${t('watch.periods')}, ${asked}`}
          rows={answer.periods}
          keyOf={({ from }) => from}
          columns={[
            { head: t('watch.period'), oneLine: true, cell: ({ from, to }) => `${from} – ${to}` },
            { head: t('watch.people'), numeric: true, cell: ({ people }) => format.count(people) },
            { head: t('watch.histogram'), cell: ({ scores }) => scores.map(format.count).join(' ') },
            {
              head: t('watch.inputs'),
              cell: ({ inputs }) =>
                inputs.map(({ of, cells }) => (
                  <p key={of}>
                    {t(`watch.input.${of}`)}:{' '}
                    {Object.entries(cells)
                      .map(([group, cell]) => `${group} ${format.guarded(cell)}`)
                      .join(', ')}
                  </p>
                )),
            },
          ]}
        />
      )}
      {answer.outcomes.map(({ source, bins }, place) => (
        <DataTable
          // biome-ignore lint/suspicious/noArrayIndexKey: batches have no name, and never change their place.
          key={place}
          caption={`${t(`watch.source.${source}`)}, ${asked} (${place + 1})`}
          rows={bins}
          keyOf={({ people, expected, found, isAlarm }) => `${people} ${expected} ${found} ${isAlarm}`}
          columns={[
            { head: t('watch.people'), numeric: true, cell: ({ people }) => format.count(people) },
            { head: t('watch.expected'), numeric: true, cell: ({ expected }) => format.decimal(expected, 2) },
            { head: t('watch.found'), numeric: true, cell: ({ found }) => format.count(found) },
            {
              head: t('clinic.alarms'),
              numeric: true,
              cell: ({ people, isAlarm }) => (isAlarm === null ? '–' : format.count(isAlarm ? people : 0)),
            },
          ]}
        />
      ))}
    </Stack>
  );
}

function Correction({ suggested }: { readonly suggested: ClinicWatches['corrections'][number] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const correctionWords = useCorrectionWords();
  const decides = holdsOneOf(useSession(), ['operator', 'protection-officer']);
  const decide = useWrite(['clinic']);
  const { watchId, model, version, state, before, after } = suggested;
  const send = (decision: 'accepted' | 'declined') =>
    decide.mutate({ path: `/api/clinic/corrections/${encodeURIComponent(watchId)}/decision`, body: { decision } });
  const ratio = (value: number | null) => (value === null ? '–' : format.decimal(value, 2));
  return (
    <article className="filter-row">
      <Stack gap="sm">
        <Group justify="space-between" gap="xs">
          <Title order={3}>{t('watch.correct', { model })}</Title>
          <StateBadge tone={CORRECTION_TONES[state]} label={t(`watch.corrected.${state}`)} />
        </Group>
        <p className="prose">{t('watch.correct-lead')}</p>
        <Facts
          facts={[
            [
              t('clinic.version'),
              <span key="version" className="digest">
                {version}
              </span>,
            ],
            [t('watch.correction'), correctionWords(suggested.correction)],
            [t('watch.before'), ratio(before)],
            [t('watch.after'), ratio(after)],
          ]}
        />
        {decides && state !== 'replaced' ? (
          <Group gap="sm">
            {state === 'accepted' ? null : (
              <Button onClick={() => send('accepted')} loading={decide.isPending}>
                {t('watch.accept')}
              </Button>
            )}
            {state === 'declined' ? null : (
              <Button variant="default" onClick={() => send('declined')} disabled={decide.isPending}>
                {t('watch.decline')}
              </Button>
            )}
          </Group>
        ) : null}
        {decide.error === null ? null : <ProblemNotice error={decide.error} />}
      </Stack>
    </article>
  );
}
