import { isUnchanged } from '#academy';
import { fromBase64Url, utf8 } from '#base';
import { type AcademyCertificate, academyCertificateSchema } from '#wire';

/** What a look at a file found. `cannot`: this browser has no Ed25519, or the page came over an open line. */
export type JudgedCertificate =
  | { readonly kind: 'unreadable' }
  | { readonly kind: 'unchanged' | 'forged' | 'cannot'; readonly document: AcademyCertificate };

/** A certificate's file is a fraction of this. */
const MOST_BYTES = 65_536;

/** Reads a file and checks it in this page alone: nothing of it is sent. */
export async function judgeFile(file: File): Promise<JudgedCertificate> {
  if (file.size > MOST_BYTES) return { kind: 'unreadable' };
  try {
    return await judgeCertificate(JSON.parse(await file.text()));
  } catch {
    return { kind: 'unreadable' };
  }
}

/** Checks what claims to be a certificate. */
export async function judgeCertificate(claimed: unknown): Promise<JudgedCertificate> {
  const parsed = academyCertificateSchema.safeParse(claimed);
  if (!parsed.success) return { kind: 'unreadable' };
  const document = parsed.data;
  try {
    return { kind: (await isUnchanged(document, verifyText)) ? 'unchanged' : 'forged', document };
  } catch {
    return { kind: 'cannot', document };
  }
}

/** @throws where the browser cannot verify Ed25519 */
async function verifyText(publicKey: string, text: string, signature: string): Promise<boolean> {
  const raw = new Uint8Array(fromBase64Url(publicKey));
  const key = await crypto.subtle.importKey('raw', raw, 'Ed25519', false, ['verify']);
  const [signed, said] = [new Uint8Array(fromBase64Url(signature)), new Uint8Array(utf8(text))];
  return await crypto.subtle.verify('Ed25519', key, signed, said);
}
