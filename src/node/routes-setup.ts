import { UnicaError } from '#base';
import { exampleDossier } from '#dossier';
import { route } from '#http';
import { acceptedSchema, practiceCountSchema, setupViewSchema } from '#wire';
import type { NodeHouse } from './house.ts';
import { type Practice, setupView } from './setup-node.ts';

const STAFF = ['operator', 'curator', 'protection-officer', 'auditor'] as const;

/** Somebody who plays the network in a practice. */
export interface PracticeNetwork extends Practice {
  /** Asks all nodes of the practice network how many people there are with a film; null: withheld. */
  count(signal: AbortSignal): Promise<number | null>;
}

/** The guide of a node that is enrolled: measured anew whenever somebody looks, once for all who look at the same time. */
export function setupRoutes(node: NodeHouse, practice: PracticeNetwork | undefined) {
  const { config, dossier, card, clock } = node;
  const shown = practice === undefined ? undefined : shownOf(practice);
  const view = together(async () => await setupView(config, { practice: shown }, node));
  const played = () => {
    if (practice === undefined) throw new UnicaError('http.not-found', { what: 'practice on a real node' });
    return practice;
  };
  return [
    route({
      method: 'GET',
      path: '/api/setup',
      access: STAFF,
      summary: 'The way to tier 1, 2 and 3: where each step stands, measured now, with who can mend what',
      reply: setupViewSchema,
      handle: view,
    }),
    route({
      method: 'POST',
      path: '/api/setup/practice-dossier',
      access: ['operator'],
      summary: 'In practice only: documents that are marked as examples stand for the legal dossier',
      reply: acceptedSchema,
      async handle({ caller }) {
        played();
        for (const { isExample: _, ...document } of exampleDossier(card.country, clock()))
          await dossier.enter(document, caller.actor);
        return { accepted: true as const };
      },
    }),
    route({
      method: 'POST',
      path: '/api/setup/practice-count',
      access: ['operator'],
      summary: 'In practice only: the practice network asks this node for a count and tells what it was told',
      reply: practiceCountSchema,
      handle: async ({ signal }) => ({ persons: await played().count(signal) }),
    }),
  ];
}

/** What of a practice is shown. */
export function shownOf({ hubUrl, code, films }: Practice): Practice {
  return { hubUrl, code, films };
}

/** One measurement at a time, whoever asks: two people who look at the same moment are told the same. */
export function together<Found>(measure: () => Promise<Found>): () => Promise<Found> {
  let now: Promise<Found> | undefined;
  return async () => {
    now ??= measure().finally(() => {
      now = undefined;
    });
    return await now;
  };
}
