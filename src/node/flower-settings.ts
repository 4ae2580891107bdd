import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { UnicaError } from '#base';
import type { FleetTrust } from '#flower';
import { jobSpecSchema, PERMIT_TOKEN_LIMIT } from '#wire';

/** A Flower SuperLink the node is to join. */
export interface FlowerSettings {
  /** host:port of its Fleet API. */
  readonly superlink: string;
  readonly tls: 'required' | 'none';
  /** PEM file of who vouches for it; undefined: the machine's own authorities. */
  readonly authoritiesPath: string | undefined;
  /** A job and its permit, for apps that name none. */
  readonly agreementPath: string | undefined;
}

/** What a node answers an app under, where the app does not say it itself. */
const agreementSchema = z.strictObject({ job: jobSpecSchema, permit: z.string().min(1).max(PERMIT_TOKEN_LIMIT) });

/** A job and the permit it is done under. */
export type FlowerAgreement = z.infer<typeof agreementSchema>;

/** The settings, where a SuperLink is named. @throws UnicaError `config.invalid`. */
export function flowerSettings(flat: {
  readonly flowerSuperlink?: string | undefined;
  readonly flowerTls: 'required' | 'none';
  readonly flowerAuthorities?: string | undefined;
  readonly flowerAgreement?: string | undefined;
}): FlowerSettings | undefined {
  if (flat.flowerSuperlink === undefined) return undefined;
  if (flat.flowerTls === 'none' && flat.flowerAuthorities !== undefined)
    throw new UnicaError('config.invalid', { key: 'flowerAuthorities', problem: 'there is no TLS to vouch for' });
  return Object.freeze({
    superlink: flat.flowerSuperlink,
    tls: flat.flowerTls,
    authoritiesPath: flat.flowerAuthorities,
    agreementPath: flat.flowerAgreement,
  });
}

/** Whom to trust for the SuperLink. @throws UnicaError `config.invalid` where the file cannot be read. */
export async function flowerTrust({ tls, authoritiesPath }: FlowerSettings): Promise<FleetTrust> {
  if (tls === 'none') return { kind: 'no-tls' };
  if (authoritiesPath === undefined) return { kind: 'system' };
  return { kind: 'authorities', pem: await readSettingFile('flowerAuthorities', authoritiesPath) };
}

/** The agreement of the owner's file. @throws UnicaError `config.invalid` saying which field is wrong. */
export async function flowerAgreement({ agreementPath }: FlowerSettings): Promise<FlowerAgreement | undefined> {
  if (agreementPath === undefined) return undefined;
  const text = new TextDecoder().decode(await readSettingFile('flowerAgreement', agreementPath));
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new UnicaError('config.invalid', { key: 'flowerAgreement', problem: 'the file is not JSON' }, { cause });
  }
  const parsed = agreementSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const problem = `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'it cannot be used'}`;
  throw new UnicaError('config.invalid', { key: 'flowerAgreement', problem }, { cause: parsed.error });
}

async function readSettingFile(key: string, path: string): Promise<Uint8Array> {
  return await readFile(path).catch((cause: unknown) => {
    throw new UnicaError('config.invalid', { key, problem: `${path} cannot be read` }, { cause });
  });
}
