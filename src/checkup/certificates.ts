import { X509Certificate } from 'node:crypto';
import { UnicaError } from '#base';
import type { CheckName, Finding } from '#wire';
import { bad, good, note } from './findings.ts';

const DAY_MS = 86_400_000;
/** Renewing a certificate in a hospital takes its time. */
const SOON_DAYS = 30;

/** Whether a certificate of this house is good, and for how long. @param what whose it is, for those who read it */
export function examineCertificate(check: CheckName, pem: string, what: string, nowMs: number): Finding {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pem);
  } catch (cause) {
    const facts = { what: 'certificate', problem: 'it is no certificate in PEM' };
    return bad(check, new UnicaError('dimse.certificate-unusable', facts, { cause }));
  }
  const untilMs = Date.parse(certificate.validTo);
  const fromMs = Date.parse(certificate.validFrom);
  const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);
  if (nowMs < fromMs)
    return bad(check, new UnicaError('checkup.certificate-not-yet', { host: what, day: day(fromMs) }));
  if (nowMs > untilMs)
    return bad(check, new UnicaError('checkup.certificate-expired', { host: what, day: day(untilMs) }), {}, 'it');
  if (untilMs - nowMs < SOON_DAYS * DAY_MS)
    return note(check, new UnicaError('checkup.certificate-soon', { host: what, day: day(untilMs) }), 'it');
  return good(check, `The certificate of ${what} is good until ${day(untilMs)}.`);
}
