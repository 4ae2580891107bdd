import { z } from 'zod';
import { UnicaError, utf8 } from '#base';
import { printedReceipt, receiptOf, TEXT_LANGUAGES, type TextLanguage } from '#consent';
import { type Caller, route } from '#http';
import {
  acceptedSchema,
  complaintTextSchema,
  consentTextViewSchema,
  digestSchema,
  linkRequestSchema,
  ownConsentSchema,
  ownOptOutSchema,
  ownRecordSchema,
  patientRecordSchema,
  retrainingRequestSchema,
} from '#wire';
import type { NodeHouse } from './house.ts';

const receipt = z.strictObject({ receiptId: digestSchema });

/** What a patient sees and decides herself. */
export function patientRoutes(node: NodeHouse) {
  const ownPerson = async (caller: Caller): Promise<string> => {
    const person = await node.accounts.personOf(caller.actor);
    if (person === undefined) throw new UnicaError('patients.not-linked');
    return person;
  };
  const issuer = { siteId: node.card.siteId, name: node.card.displayName, country: node.card.country };
  return [
    route({
      method: 'GET',
      path: '/api/consent-text',
      access: 'public',
      summary: 'What people read before they decide, in one language',
      query: z.strictObject({ language: z.string().max(10).default('en') }),
      reply: consentTextViewSchema,
      async handle({ query }) {
        const language = TEXT_LANGUAGES.find((one) => one === query.language) ?? 'en';
        const { version, texts } = await node.texts.newest();
        return { version, language, text: structuredClone(texts[language]) as never };
      },
    }),
    route({
      method: 'GET',
      path: '/api/me',
      access: ['patient'],
      summary: "A patient's own page: her decisions, and who used her data for what; null until her account is linked",
      reply: ownRecordSchema,
      async handle({ caller }) {
        const person = await node.accounts.personOf(caller.actor);
        return { record: person === undefined ? null : await node.patients.record(person) };
      },
    }),
    route({
      method: 'POST',
      path: '/api/me/link',
      access: ['patient'],
      summary: 'Link an account to the patient that the hospital gave a code for',
      body: linkRequestSchema,
      reply: acceptedSchema,
      async handle({ body, caller }) {
        const person = await node.accounts.link(caller.actor, body.code);
        await node.journal.append({ actor: caller.actor, action: 'patient.linked', subject: person, facts: {} });
        return { accepted: true as const };
      },
    }),
    route({
      method: 'POST',
      path: '/api/me/opt-out',
      access: ['patient'],
      summary: 'Opt out of every secondary use, or take that back; no reasons, in effect at once',
      body: ownOptOutSchema,
      reply: patientRecordSchema,
      async handle({ body, caller }) {
        const person = await ownPerson(caller);
        await node.patients.optOut(person, body.decision, caller.actor);
        await node.clinic.similar.vectors.forgetLeftOut();
        return await node.patients.record(person);
      },
    }),
    route({
      method: 'POST',
      path: '/api/me/consent',
      access: ['patient'],
      summary: 'Say what data may be used for from now on; nothing: a withdrawal, in one step',
      body: ownConsentSchema,
      reply: patientRecordSchema,
      async handle({ body, caller }) {
        const person = await ownPerson(caller);
        await node.patients.consent(person, { ...body, channel: 'portal' }, caller.actor);
        return await node.patients.record(person);
      },
    }),
    route({
      method: 'POST',
      path: '/api/me/retraining',
      access: ['patient'],
      summary: 'Ask that a model be trained again without her data',
      body: retrainingRequestSchema,
      reply: acceptedSchema,
      async handle({ body, caller }) {
        await node.patients.askRetraining(await ownPerson(caller), body.jobId, caller.actor);
        return { accepted: true as const };
      },
    }),
    route({
      method: 'POST',
      path: '/api/me/complaints',
      access: ['patient'],
      summary: 'Write to the data protection officer of the hospital',
      body: complaintTextSchema,
      reply: acceptedSchema,
      async handle({ body, caller }) {
        await node.patients.complain(await ownPerson(caller), body.text, caller.actor);
        return { accepted: true as const };
      },
    }),
    route({
      method: 'GET',
      path: '/api/me/receipts/:receiptId',
      access: ['patient'],
      summary: 'A receipt as JSON-LD in terms of the Data Privacy Vocabulary',
      params: receipt,
      reply: 'bytes',
      async handle({ params, caller }) {
        const decision = await node.patients.receipt(await ownPerson(caller), params.receiptId);
        const document = JSON.stringify(receiptOf(decision, issuer), undefined, 2);
        return { contentType: 'application/ld+json; charset=utf-8', bytes: utf8(document) };
      },
    }),
    route({
      method: 'GET',
      path: '/api/me/receipts/:receiptId/print',
      access: ['patient'],
      summary: 'A receipt to print, in the language in which she decided',
      params: receipt,
      reply: 'bytes',
      async handle({ params, caller }) {
        const decision = await node.patients.receipt(await ownPerson(caller), params.receiptId);
        const texts = (await node.texts.version(decision.textVersion)) ?? (await node.texts.newest()).texts;
        const language: TextLanguage = TEXT_LANGUAGES.find((one) => one === decision.language) ?? 'en';
        const page = printedReceipt(decision, issuer, texts[language]);
        return { contentType: 'text/html; charset=utf-8', bytes: utf8(page) };
      },
    }),
  ];
}
