import { asUnicaError } from './as-unica-error.ts';
import { UnicaError } from './errors.ts';

/** Why a house cannot listen where it was told to: `http.port-busy`, `http.port-not-allowed` or `http.host-unknown`. */
export function listenFailure(
  cause: unknown,
  { host, port }: { readonly host: string; readonly port: number },
): UnicaError {
  const reason = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (reason === 'EADDRINUSE') return new UnicaError('http.port-busy', { port }, { cause });
  if (reason === 'EACCES' || reason === 'EPERM') return new UnicaError('http.port-not-allowed', { port }, { cause });
  if (reason === 'EADDRNOTAVAIL' || reason === 'ENOTFOUND' || reason === 'EAI_AGAIN')
    return new UnicaError('http.host-unknown', { host }, { cause });
  return asUnicaError(cause);
}
