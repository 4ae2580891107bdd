import { createPrivateKey, X509Certificate } from 'node:crypto';
import { type ConnectionOptions, createSecureContext, type TLSSocket, type TlsOptions } from 'node:tls';
import { UnicaError } from '#base';

/** A certificate, its key and who vouches for those of others; all in PEM. */
export interface SecureIdentity {
  /** With the certificates between it and the authority after it. */
  readonly certificate: string;
  readonly key: string;
  /** The authorities that are trusted; no others are, not even those of the operating system. */
  readonly authorities: string;
}

/**
 * The Non-Downgrading BCP 195 TLS profile (PS3.15 section B.10, RFC 7525 and its successor RFC 9325): TLS 1.2 with forward
 * secrecy and authenticated encryption, or 1.3.
 */
const BCP_195 = {
  minVersion: 'TLSv1.2',
  ciphers: [
    'TLS_AES_256_GCM_SHA384',
    'TLS_AES_128_GCM_SHA256',
    'TLS_CHACHA20_POLY1305_SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-RSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-RSA-AES128-GCM-SHA256',
    'DHE-RSA-AES256-GCM-SHA384',
    'DHE-RSA-AES128-GCM-SHA256',
  ].join(':'),
  // Groups of known strength for the last two.
  dhparam: 'auto',
} as const;

/**
 * Options for a receiver. Clients show a certificate of one of the authorities, unless `clients` is `anyone`.
 * @throws UnicaError `dimse.certificate-unusable`
 */
export function secureReceiver(
  identity: SecureIdentity,
  { clients, nowMs }: { readonly clients: 'certificate' | 'anyone'; readonly nowMs: number },
): TlsOptions {
  return {
    ...checked(identity, nowMs),
    ...BCP_195,
    honorCipherOrder: true,
    requestCert: clients === 'certificate',
    rejectUnauthorized: clients === 'certificate',
  };
}

/**
 * Options for asking another system; our certificate is shown when it wants one. Many an archive's certificate does not
 * name its host: with `names: 'any'` one of the authorities is enough.
 * @throws UnicaError `dimse.certificate-unusable`
 */
export function secureRequest(
  identity: SecureIdentity,
  { names, nowMs }: { readonly names: 'host' | 'any'; readonly nowMs: number },
): ConnectionOptions {
  const { dhparam: _, ...profile } = BCP_195;
  return {
    ...checked(identity, nowMs),
    ...profile,
    ...(names === 'any' ? { checkServerIdentity: () => undefined } : {}),
  };
}

/** What is wrong is told now, and not by every connection that fails. */
function checked({ certificate, key, authorities }: SecureIdentity, nowMs: number) {
  const own = read('certificate', () => new X509Certificate(certificate));
  const ownKey = read('key', () => createPrivateKey(key));
  if (!own.checkPrivateKey(ownKey)) throw unusable('key', 'it does not belong to the certificate');
  if (Date.parse(own.validTo) < nowMs) throw unusable('certificate', `it was valid until ${own.validTo}`);
  if (Date.parse(own.validFrom) > nowMs) throw unusable('certificate', `it is valid from ${own.validFrom} on`);
  const trusted = read('list of authorities', () => new X509Certificate(authorities));
  if (!trusted.ca && trusted.fingerprint256 !== own.fingerprint256 && trusted.subject !== trusted.issuer) {
    throw unusable('list of authorities', 'its first certificate is none of an authority');
  }
  read('certificate', () => createSecureContext({ cert: certificate, key, ca: authorities }));
  return { cert: certificate, key, ca: authorities };
}

function read<Value>(what: string, work: () => Value): Value {
  try {
    return work();
  } catch (cause) {
    throw unusable(what, 'it cannot be read as PEM', cause);
  }
}

function unusable(what: string, problem: string, cause?: unknown): UnicaError {
  return new UnicaError('dimse.certificate-unusable', { what, problem }, { cause });
}

const TLS_WORDS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is of an authority that is not trusted here',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself and not trusted here',
  UNABLE_TO_GET_ISSUER_CERT: 'its certificate is of an authority that is not trusted here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is of an authority that is not trusted here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is of an authority that is not trusted here',
  CERT_SIGNATURE_FAILURE: 'its certificate is of an authority that is not trusted here',
  CERT_REVOKED: 'its certificate was revoked',
  INVALID_PURPOSE: 'its certificate is made for another purpose',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is made for another host',
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: 'it showed no certificate',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it speaks without encryption, or too old a version of TLS',
  ERR_SSL_HTTP_REQUEST: 'it speaks HTTP',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'it speaks too old a version of TLS',
  ERR_SSL_NO_SHARED_CIPHER: 'it offers no cipher that is safe enough',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'it speaks another version of TLS',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'it wants a certificate of ours',
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: 'it agrees to no cipher of ours, or wants a certificate',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: 'it does not trust the authority of our certificate',
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: 'it does not take our certificate',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: 'it says that our certificate has expired',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: 'it does not take our certificate',
  ERR_TLS_HANDSHAKE_TIMEOUT: 'it did not finish the handshake in time',
};

/** What an error of node:tls means, about the other side; undefined for errors of other kinds. */
export function tlsWords(error: unknown, socket?: TLSSocket): string | undefined {
  // What is wrong with a client's certificate stands on its connection, and its error says only that it was ended.
  const verdict: unknown = socket?.authorizationError;
  if (typeof verdict === 'string' && verdict in TLS_WORDS) return TLS_WORDS[verdict];
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  const code = String(error.code);
  return TLS_WORDS[code] ?? (/^ERR_(SSL|TLS)_|^EPROTO$/.test(code) ? `TLS failed (${code})` : undefined);
}
