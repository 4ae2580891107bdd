import { dirname, resolve, sep } from 'node:path';
import { UnicaError } from '#base';
import { openVault, type SiteVault, type VaultKey } from '#vault';

/** Which vault, and what opens it. */
export interface VaultSettings {
  readonly path: string;
  readonly key: VaultKey;
}

/**
 * Reads the settings of the site vault; undefined where none is named. Vault, key and archive have to lie in three places,
 * so that a copy of one is worth nothing.
 * @throws UnicaError `config.invalid`, `vault.misplaced`
 */
export function vaultSettings(
  flat: {
    readonly vault: string | undefined;
    readonly vaultKeyFile: string | undefined;
    readonly vaultPassphrase: string | undefined;
  },
  home: string,
): VaultSettings | undefined {
  const { vault, vaultKeyFile, vaultPassphrase } = flat;
  if (vault === undefined) return undefined;
  if ((vaultKeyFile === undefined) === (vaultPassphrase === undefined)) {
    throw new UnicaError('config.invalid', {
      key: 'vault',
      problem: 'it needs either a key file (vaultKeyFile) or a passphrase (vaultPassphrase)',
    });
  }
  if (isWithin(vault, home)) throw misplaced('file', "the node's data folder");
  if (vaultKeyFile !== undefined) keyFileIsApart(vaultKeyFile, vault, home);
  const key: VaultKey =
    vaultKeyFile === undefined
      ? { kind: 'passphrase', passphrase: vaultPassphrase ?? '' }
      : { kind: 'file', path: resolve(vaultKeyFile) };
  return Object.freeze({ path: resolve(vault), key: Object.freeze(key) });
}

/** @throws UnicaError `vault.misplaced` */
export function keyFileIsApart(keyFile: string, vault: string, home: string): void {
  if (isWithin(keyFile, home)) throw misplaced('key', "the node's data folder");
  if (isWithin(keyFile, dirname(vault))) throw misplaced('key', 'the folder of the vault itself');
}

/** A vault that is opened when it is first asked for: most commands need none, and a passphrase takes its time. */
export function vaultWhenNeeded(
  settings: VaultSettings | undefined,
): { readonly open: () => Promise<SiteVault>; readonly close: () => Promise<void> } | undefined {
  if (settings === undefined) return undefined;
  let opened: Promise<SiteVault> | undefined;
  return {
    open() {
      // A key or a disk that is mended is tried again.
      opened ??= openVault(settings).catch((error: unknown) => {
        opened = undefined;
        throw error;
      });
      return opened;
    },
    async close() {
      await (await opened?.catch(() => undefined))?.close();
    },
  };
}

function isWithin(path: string, folder: string): boolean {
  const [inner, outer] = [resolve(path), resolve(folder)];
  return inner === outer || inner.startsWith(outer + sep);
}

function misplaced(what: string, where: string): UnicaError {
  return new UnicaError('vault.misplaced', { what, where });
}
