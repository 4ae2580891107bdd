import { canonicalJson, UnicaError } from '#base';
import type { AcademyCertificate, AcademyCertificateWish } from '#wire';
import { LESSONS, type LessonName, RIGHT_ANSWERS, TRACKS, type TrackName } from './lessons.ts';

/** The house that certifies. */
interface CertifyingHouse {
  readonly name: string;
  readonly publicKey: string;
  /** Ed25519 over the text, base64url. */
  sign(text: string): string;
}

/** True where the signature over the text is by the owner of the key. */
type VerifySignature = (publicKey: string, text: string, signature: string) => boolean | Promise<boolean>;

/** The text under a certificate's signature; nothing else that a house signs begins so. */
function certificateText(certificate: AcademyCertificate['certificate']): string {
  return `unica-academy-certificate-v1\n${canonicalJson(certificate)}`;
}

/** A track by its name; undefined where there is none. */
export function trackOf(name: string): TrackName | undefined {
  return TRACK_NAMES.find((track) => track === name);
}

const TRACK_NAMES = Object.keys(TRACKS) as readonly TrackName[];

/** True where it is the right answer to the question of that lesson. */
export function isRightAnswer(lesson: string, answer: string): boolean {
  return LESSONS.some((one) => one === lesson && RIGHT_ANSWERS[one] === answer);
}

/** Lessons of a track whose question has no right answer among these. */
export function openLessons(track: TrackName, answers: Readonly<Record<string, string>>): readonly LessonName[] {
  return TRACKS[track].filter((lesson) => answers[lesson] !== RIGHT_ANSWERS[lesson]);
}

/**
 * Looks at the answers and certifies them. @param at what its maker knows: number and day of the certificate
 * @throws UnicaError `http.not-found` (the track), `academy.not-answered`
 */
export function certify(
  { name, track: trackName, answers }: AcademyCertificateWish,
  house: CertifyingHouse,
  at: { readonly certificateId: string; readonly issuedOn: string },
): AcademyCertificate {
  const track = trackOf(trackName);
  if (track === undefined) throw new UnicaError('http.not-found', { what: 'track of that name' });
  const open = openLessons(track, answers);
  if (open.length > 0) throw new UnicaError('academy.not-answered', { lessons: open.join(', ') });
  const certificate = { ...at, name, track, lessons: [...TRACKS[track]], house: house.name };
  return {
    format: 'unica-academy-certificate-1',
    certificate,
    publicKey: house.publicKey,
    signature: house.sign(certificateText(certificate)),
  };
}

/** Whether a certificate is as the owner of the key that it names signed it; whose key that is, is known from elsewhere. */
export async function isUnchanged(
  { certificate, publicKey, signature }: AcademyCertificate,
  verify: VerifySignature,
): Promise<boolean> {
  return await verify(publicKey, certificateText(certificate), signature);
}
