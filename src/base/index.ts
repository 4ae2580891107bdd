export { concatBytes, equalBytes, fromBase64Url, fromHex, fromUtf8, toBase64Url, toHex, utf8 } from './bytes.ts';
export { canonicalJson, type Json } from './canonical-json.ts';
export { ERROR_TABLE, type ErrorCode, type ErrorFamily } from './error-table.ts';
export { asUnicaError, type ErrorFacts, UnicaError } from './errors.ts';
export { hmacSha256, type KeyedHash, keyedHash, sha256Hex } from './hashing.ts';
export { type Log, type LogFacts, silentLog } from './log.ts';
export { SeededRandom } from './random.ts';
export { type Clock, isoInstant } from './time.ts';
export { packError, type TransportedError, unpackError } from './transported-error.ts';
