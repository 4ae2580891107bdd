export { openVault, type SiteVault, type VaultLink, type VaultPerson, type VaultQuestion } from './site-vault.ts';
export { makeKeyFile, type VaultKey } from './vault-key.ts';
