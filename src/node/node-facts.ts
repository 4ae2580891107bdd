import type { TextLanguage } from '#consent';
import type { NodeFacts } from '#dossier';
import { guardedWords } from '#record';
import type { NodeHouse } from './house.ts';
import { SOFTWARE } from './software.ts';

type Parts = Pick<NodeHouse, 'card' | 'config' | 'publisher' | 'bases' | 'texts' | 'dossier' | 'outgoing' | 'clock'>;

/** What the node knows of itself, for the drafts of its dossier. Counts are as they may be told outside. */
export async function nodeFacts(node: Parts, language: TextLanguage): Promise<NodeFacts> {
  const { card, config, publisher, bases, texts, dossier, outgoing, clock } = node;
  const [listed, newest, standing, left] = await Promise.all([
    publisher.list(),
    texts.newest(),
    dossier.standing(),
    outgoing.totals(),
  ]);
  const datasets = await Promise.all(
    listed.map(async ({ name, title, version, persons, studies }) => {
      const basis = bases.of(name);
      const what = basis.kind === 'law' ? 'by law' : `consent to ${basis.purpose}`;
      const conditions = (await publisher.lastOf(name))?.record.conditions ?? [];
      const counts = { persons: guardedWords(persons), studies: guardedWords(studies) };
      return { name, title, version, ...counts, basis: `${what} (${basis.reference})`, conditions };
    }),
  );
  const { siteId, displayName, country, hubName, hubUrl } = card;
  return {
    siteId,
    displayName,
    country,
    hubName,
    hubUrl,
    software: SOFTWARE,
    datasets,
    minimumCount: config.minimumCount,
    privacyBudget: { epsilon: config.privacyBudget, delta: config.privacyDelta },
    approval: config.approval,
    hasVault: config.siteVault !== undefined,
    text: { ...newest.texts[language], version: newest.version },
    dossier: standing,
    left: left.map(({ kind, requests, bytes }) => ({ kind, requests, bytes })),
    day: new Date(clock()).toISOString().slice(0, 10),
  };
}
