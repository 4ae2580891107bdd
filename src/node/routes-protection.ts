import { z } from 'zod';
import { UnicaError, utf8 } from '#base';
import { brokenConsent, type ConsentTexts, type GivenBy, readabilities } from '#consent';
import { basisReferences } from '#dossier';
import { route } from '#http';
import {
  acceptedSchema,
  altruismFormSchema,
  altruismSchema,
  complaintTextSchema,
  consentTextsSchema,
  datasetBasisSchema,
  datasetNameSchema,
  idSchema,
  paperConsentSchema,
  paperConsentsSchema,
  paperDecisionSchema,
  patientCodeSchema,
  patientQuestionSchema,
  patientRecordSchema,
  protectionSchema,
} from '#wire';
import { WHOLE_ARCHIVE } from './current-data.ts';
import type { NodeHouse } from './house.ts';

const OFFICER = ['protection-officer'] as const;

/** Who enters forms on paper. Confirming one is for the protection officer, so that for each form these are two people. */
const FORM_STAFF = ['operator', 'curator', 'protection-officer'] as const;

const DAY_MS = 86_400_000;

/** What the data protection officer and staff do for patients, and what the public may know. */
export function protectionRoutes(node: NodeHouse) {
  return [
    route({
      method: 'GET',
      path: '/api/protection',
      access: ['protection-officer', 'auditor'],
      summary: 'How both ledgers stand, and what waits for the data protection officer',
      reply: protectionSchema,
      async handle({ caller }) {
        const reads = caller.kind === 'person' && caller.person.roles.includes('protection-officer');
        await node.consents.refresh();
        const [optedOut, broken, forms, retraining, complaints, dossier] = await Promise.all([
          node.optOuts.list(),
          brokenConsent(node.database, node.journal),
          node.consents.drafts(),
          node.uses.retraining(),
          node.complaints.list(),
          node.dossier.standing(),
        ]);
        const tally = node.consents.tally();
        return {
          optedOut: optedOut.length,
          consents: { people: tally.people, byPurpose: { ...tally.byPurpose } },
          basis: node.bases.of(WHOLE_ARCHIVE),
          dataset: WHOLE_ARCHIVE,
          waitingForms: forms.length,
          hindrances: [...dossier.hindrances],
          brokenConsent: broken ?? null,
          retraining,
          complaints: complaints.map((one) => (reads ? one : { ...one, text: null, answer: one.answer && '' })),
          references: basisReferences(node.card.country).map((one) => ({ ...one, for: [...one.for] })),
        };
      },
    }),
    route({
      method: 'POST',
      path: '/api/patients/record',
      access: OFFICER,
      summary: "A patient's page for staff who have identified her; the identifier is not kept",
      body: patientQuestionSchema,
      reply: patientRecordSchema,
      async handle({ body, caller }) {
        const person = node.pseudonymOf(body.patientId);
        await node.journal.append({ actor: caller.actor, action: 'patient.looked-up', subject: person, facts: {} });
        return await node.patients.record(person);
      },
    }),
    route({
      method: 'POST',
      path: '/api/patients/codes',
      access: OFFICER,
      summary: 'A code with which a patient links her account; shown once',
      body: patientQuestionSchema,
      reply: patientCodeSchema,
      async handle({ body, caller }) {
        const person = node.pseudonymOf(body.patientId);
        const made = await node.accounts.code(person);
        await node.journal.append({ actor: caller.actor, action: 'patient.code-made', subject: person, facts: {} });
        return made;
      },
    }),
    route({
      method: 'GET',
      path: '/api/paper-consents',
      access: OFFICER,
      summary: 'Forms on paper that wait for a second pair of eyes',
      reply: paperConsentsSchema,
      async handle({ caller }) {
        const drafts = await node.consents.drafts();
        return {
          items: drafts.map(({ draftId, wish, enteredBy, enteredAtMs }) => ({
            draftId,
            person: wish.person,
            purposes: [...wish.purposes],
            givenBy: wish.givenBy.kind,
            untilMs: wish.givenBy.kind === 'self' ? null : wish.givenBy.untilMs,
            enteredAtMs,
            isOwn: enteredBy === caller.actor,
          })),
        };
      },
    }),
    route({
      method: 'POST',
      path: '/api/paper-consents',
      access: FORM_STAFF,
      summary: 'Enter a consent that was given on paper; in effect once somebody else has confirmed it',
      body: paperConsentSchema,
      reply: acceptedSchema,
      async handle({ body, caller }) {
        const { patientId, givenBy, until, ...wish } = body;
        const person = node.pseudonymOf(patientId);
        if ((await node.texts.version(wish.textVersion)) === undefined) {
          throw new UnicaError('http.invalid-input', { where: 'textVersion', problem: 'no text has this version' });
        }
        const by = givenByOf(givenBy, until);
        if (by.kind !== 'self' && by.untilMs <= node.clock()) throw new UnicaError('consent.proxy-over');
        await node.consents.draft(node.newId('form'), { ...wish, person, givenBy: by, channel: 'paper' }, caller.actor);
        return { accepted: true as const };
      },
    }),
    route({
      method: 'POST',
      path: '/api/paper-consents/:draftId/decision',
      access: OFFICER,
      summary: 'The second pair of eyes: confirm a form, or discard it',
      params: z.strictObject({ draftId: idSchema }),
      body: paperDecisionSchema,
      reply: acceptedSchema,
      async handle({ params, body, caller }) {
        await node.consents.decideDraft(params.draftId, body.decision, caller.actor);
        return { accepted: true as const };
      },
    }),
    route({
      method: 'POST',
      path: '/api/consent-texts',
      access: OFFICER,
      summary: 'A new version of the text that people read; refused where it is hard to read',
      body: consentTextsSchema,
      bodyLimitBytes: 1_000_000,
      reply: z.strictObject({
        version: z.number().int(),
        readability: z.array(z.strictObject({ language: z.string(), lix: z.number(), wordsPerSentence: z.number() })),
      }),
      async handle({ body, caller }) {
        const texts = body as unknown as ConsentTexts;
        const version = await node.texts.publish(texts, caller.actor);
        const readability = readabilities(texts).map(({ language, lix, wordsPerSentence }) => {
          return { language, lix, wordsPerSentence };
        });
        return { version, readability };
      },
    }),
    route({
      method: 'POST',
      path: '/api/datasets/:name/basis',
      access: OFFICER,
      summary: 'Why a dataset may be used: by law unless people opt out, or by their consent to one purpose',
      params: z.strictObject({ name: datasetNameSchema }),
      body: datasetBasisSchema,
      reply: acceptedSchema,
      async handle({ params, body, caller }) {
        if (params.name !== WHOLE_ARCHIVE) throw new UnicaError('http.not-found', { what: `dataset ${params.name}` });
        const known = basisReferences(node.card.country).find(({ id }) => id === body.reference);
        if (known?.for.includes(body.kind) !== true) {
          throw new UnicaError('http.invalid-input', {
            where: 'reference',
            problem: `the law of this country (${node.card.country}) has no basis of this kind under that name`,
          });
        }
        await node.bases.set(params.name, body, caller.actor);
        return { accepted: true as const };
      },
    }),
    route({
      method: 'POST',
      path: '/api/complaints/:complaintId/answer',
      access: OFFICER,
      summary: 'Answer a complaint; the patient reads it on her page',
      params: z.strictObject({ complaintId: idSchema }),
      body: complaintTextSchema,
      reply: acceptedSchema,
      async handle({ params, body, caller }) {
        await node.complaints.answer(params.complaintId, body.text, caller.actor);
        const subject = params.complaintId;
        await node.journal.append({ actor: caller.actor, action: 'complaint.answered', subject, facts: {} });
        return { accepted: true as const };
      },
    }),
    route({
      method: 'GET',
      path: '/api/altruism',
      access: 'public',
      summary: 'The register page of the data altruism organisation: who it is, what for, what came of it',
      reply: altruismSchema,
      handle: async () => await node.altruism.view(),
    }),
    route({
      method: 'POST',
      path: '/api/altruism',
      access: OFFICER,
      summary: 'Enter the organisation as it is registered',
      body: altruismFormSchema,
      reply: acceptedSchema,
      async handle({ body, caller }) {
        await node.altruism.register(body, caller.actor);
        return { accepted: true as const };
      },
    }),
    route({
      method: 'GET',
      path: '/api/altruism/reports/:year',
      access: 'public',
      summary: 'The yearly report of the data altruism organisation, as Markdown',
      params: z.strictObject({ year: z.coerce.number().int().min(2020).max(2200) }),
      reply: 'bytes',
      handle: async ({ params }) => ({
        contentType: 'text/markdown; charset=utf-8',
        bytes: utf8(await node.altruism.report(params.year)),
      }),
    }),
  ];
}

/** A proxy decides to the end of the day that the form names. */
function givenByOf(kind: 'self' | 'parent' | 'guardian', until: string | null): GivenBy {
  if (kind === 'self') return { kind };
  if (until === null) {
    throw new UnicaError('http.invalid-input', { where: 'until', problem: 'it is needed where a proxy decides' });
  }
  return { kind, untilMs: Date.parse(until) + DAY_MS };
}
