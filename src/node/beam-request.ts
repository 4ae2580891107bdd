import { generateKeyPair, sign } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { UnicaError } from '#base';

const generate = promisify(generateKeyPair);

/** `proxy.broker`, as Beam names a proxy: each part in lower-case letters, digits and dashes. */
const PROXY_ID = /^[a-z0-9][a-z0-9-]{0,62}(\.[a-z0-9][a-z0-9-]{0,62})+$/;
/** As Beam's own enrolment makes them. */
const MODULUS_BITS = 2048;

/** The id of the proxy behind an app: `app.proxy.broker` without its first part. */
export function proxyOfApp(appId: string): string {
  return appId.split('.').slice(1).join('.');
}

/**
 * Makes the key of a Samply Beam proxy and the request for its certificate. The broker lets a proxy in by the common name of its
 * certificate, which has to be the id of the proxy, letter for letter.
 * @returns the request, PEM (PKCS #10, RFC 2986), and the key, PEM (PKCS #8)
 * @throws UnicaError `http.invalid-input`
 */
export async function beamRequest(proxyId: string): Promise<{ readonly request: string; readonly key: string }> {
  if (!PROXY_ID.test(proxyId) || proxyId.length > 64)
    throw new UnicaError('http.invalid-input', {
      where: 'proxy',
      problem:
        'write it as proxy.broker, such as lisbon.broker.example.eu, in at most 64 small letters, digits, dashes and dots',
    });
  const { publicKey, privateKey } = await generate('rsa', { modulusLength: MODULUS_BITS });
  const information = der(
    SEQUENCE,
    der(INTEGER, Uint8Array.of(0)),
    commonName(proxyId),
    publicKey.export({ type: 'spki', format: 'der' }),
    // No attributes.
    der(0xa0),
  );
  const signature = sign('sha256', information, privateKey);
  const request = der(SEQUENCE, information, SHA256_WITH_RSA, der(BIT_STRING, Uint8Array.of(0), signature));
  const lines =
    Buffer.from(request)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return {
    request: `-----BEGIN CERTIFICATE REQUEST-----\n${lines.join('\n')}\n-----END CERTIFICATE REQUEST-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/** Writes both, the key for its owner alone; neither over a file that is there. @throws UnicaError `node.beam-request-there`, `http.invalid-input` */
export async function writeBeamRequest(
  proxyId: string,
  to: { readonly request: string; readonly key: string },
): Promise<void> {
  const { request, key } = await beamRequest(proxyId);
  await writeNew(to.key, key, 0o600);
  await writeNew(to.request, request, 0o644).catch(async (error: unknown) => {
    // A key without a request is of no use, and would be in the way the next time.
    await rm(to.key, { force: true });
    throw error;
  });
}

async function writeNew(path: string, text: string, mode: number): Promise<void> {
  const file = await open(path, 'wx', mode).catch((cause: unknown) => {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')
      throw new UnicaError('node.beam-request-there', { path }, { cause });
    throw cause;
  });
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Distinguished encoding rules (X.690), as much as a request needs. */
const [INTEGER, BIT_STRING, UTF8_STRING, SEQUENCE, SET] = [0x02, 0x03, 0x0c, 0x30, 0x31];
/** 2.5.4.3 */
const COMMON_NAME = Uint8Array.of(0x06, 0x03, 0x55, 0x04, 0x03);
/** 1.2.840.113549.1.1.11, with the NULL that RFC 4055 wants */
const SHA256_WITH_RSA = Uint8Array.of(
  ...[0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b, 0x05, 0x00],
);

function commonName(name: string): Uint8Array {
  return der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, der(UTF8_STRING, Buffer.from(name, 'utf8')))));
}

function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Uint8Array.of(tag, ...size), content]);
}
