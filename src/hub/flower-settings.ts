import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { UnicaError } from '#base';
import { type FleetTrust, type FlowerApp, readFlowerApp, readNodePublicKey, type ServerTls } from '#flower';
import { countrySchema, siteIdSchema } from '#wire';

/** Which sites take part by Flower, and where they are met: at a door of this hub, at a SuperLink that it joins, or at both. */
export interface FlowerSettings {
  /** Where stock SuperNodes come in. */
  readonly door: DoorSettings | undefined;
  /** A SuperLink on which this hub starts runs. */
  readonly superlink: SuperlinkSettings | undefined;
  /** The application bundle (.fab) that stock SuperNodes run; a SuperLink whose sites all are UNICA nodes needs none. */
  readonly appPath: string | undefined;
  /** Which site has which key. */
  readonly sitesPath: string;
  /** Where the key is kept by which the hub is a SuperNode. */
  readonly keyPath: string;
}

interface DoorSettings {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Certificate and key, PEM files; undefined only on this machine itself. */
  readonly tls: { readonly certificatePath: string; readonly keyPath: string } | undefined;
}

interface SuperlinkSettings {
  /** host:port of its Fleet API. */
  readonly fleet: string;
  /** host:port of its Control API. */
  readonly control: string;
  readonly tls: 'required' | 'none';
  /** PEM file of who vouches for it; undefined: the machine's own authorities. */
  readonly authoritiesPath: string | undefined;
  /** Undefined: its only one. */
  readonly federation: string | undefined;
}

/** A site that takes part by a SuperNode. */
export interface FlowerSite {
  readonly siteId: string;
  readonly country: string;
  readonly displayName: string;
  readonly publicKeyPem: string;
}

const LOOPBACK = ['127.0.0.1', 'localhost', '::1'];

/** The settings, where there is a port or a SuperLink. @throws UnicaError `config.invalid` naming what is missing. */
export function flowerSettings(
  flat: {
    readonly flowerPort?: number | undefined;
    readonly flowerSuperlink?: string | undefined;
    readonly flowerControl?: string | undefined;
    readonly flowerTls: 'required' | 'none';
    readonly flowerAuthorities?: string | undefined;
    readonly flowerFederation?: string | undefined;
    readonly flowerHost?: string | undefined;
    readonly flowerCertificate?: string | undefined;
    readonly flowerKey?: string | undefined;
    readonly flowerApp?: string | undefined;
    readonly flowerSites?: string | undefined;
  },
  { host, home }: { readonly host: string; readonly home: string },
): FlowerSettings | undefined {
  const { flowerPort, flowerSuperlink, flowerApp, flowerSites } = flat;
  if (flowerPort === undefined && flowerSuperlink === undefined) return undefined;
  if (flowerSites === undefined) throw missing('flowerSites', 'Flower needs the list of sites and their keys');
  if (flowerPort !== undefined && flowerApp === undefined)
    throw missing('flowerApp', 'a port for Flower needs the bundle that sites run');
  return Object.freeze({
    door: flowerPort === undefined ? undefined : doorSettings({ ...flat, flowerPort }, host),
    superlink: flowerSuperlink === undefined ? undefined : superlinkSettings({ ...flat, flowerSuperlink }),
    appPath: flowerApp,
    sitesPath: flowerSites,
    keyPath: join(home, 'flower.key'),
  });
}

function superlinkSettings(flat: {
  readonly flowerSuperlink: string;
  readonly flowerControl?: string | undefined;
  readonly flowerTls: 'required' | 'none';
  readonly flowerAuthorities?: string | undefined;
  readonly flowerFederation?: string | undefined;
}): SuperlinkSettings {
  const { flowerSuperlink: fleet, flowerTls: tls, flowerAuthorities: authoritiesPath } = flat;
  if (tls === 'none' && authoritiesPath !== undefined)
    throw missing('flowerAuthorities', 'there is no TLS to vouch for');
  return Object.freeze({
    fleet,
    control: flat.flowerControl ?? fleet,
    tls,
    authoritiesPath,
    federation: flat.flowerFederation,
  });
}

const missing = (key: string, problem: string) => new UnicaError('config.invalid', { key, problem });

function doorSettings(
  flat: {
    readonly flowerPort: number;
    readonly flowerHost?: string | undefined;
    readonly flowerCertificate?: string | undefined;
    readonly flowerKey?: string | undefined;
  },
  host: string,
): DoorSettings {
  const { flowerPort: port, flowerHost, flowerCertificate, flowerKey } = flat;
  const listensOn = flowerHost ?? host;
  const tls =
    flowerCertificate === undefined || flowerKey === undefined
      ? undefined
      : { certificatePath: flowerCertificate, keyPath: flowerKey };
  if (tls === undefined && !LOOPBACK.includes(listensOn))
    throw missing('flowerCertificate', 'other machines are let in over TLS only; it needs flowerKey beside it');
  return Object.freeze({ host: listensOn, port, tls });
}

/** What the files of the settings hold. @throws UnicaError `config.invalid` naming file and line. */
export async function readFlowerFiles(settings: FlowerSettings): Promise<{
  readonly app: FlowerApp | undefined;
  readonly sites: readonly FlowerSite[];
}> {
  const { appPath, sitesPath } = settings;
  return {
    app: appPath === undefined ? undefined : readFlowerApp(appPath, await read('flowerApp', appPath)),
    sites: sitesOf(sitesPath, new TextDecoder().decode(await read('flowerSites', sitesPath))),
  };
}

/** Certificate and key of the door. @throws UnicaError `config.invalid` naming the file. */
export async function readDoorTls({ tls }: DoorSettings): Promise<ServerTls | undefined> {
  if (tls === undefined) return undefined;
  return {
    certificate: await read('flowerCertificate', tls.certificatePath),
    key: await read('flowerKey', tls.keyPath),
  };
}

/** Whom to trust for the SuperLink. @throws UnicaError `config.invalid` where the file cannot be read. */
export async function superlinkTrust({ tls, authoritiesPath }: SuperlinkSettings): Promise<FleetTrust> {
  if (tls === 'none') return { kind: 'no-tls' };
  if (authoritiesPath === undefined) return { kind: 'system' };
  return { kind: 'authorities', pem: await read('flowerAuthorities', authoritiesPath) };
}

async function read(key: string, path: string): Promise<Uint8Array> {
  return await readFile(path).catch((cause: unknown) => {
    throw new UnicaError('config.invalid', { key, problem: `${path} cannot be read` }, { cause });
  });
}

const lineSchema = z.object({ siteId: siteIdSchema, country: countrySchema, displayName: z.string().min(1).max(120) });

/** One site a line: id, country, key as OpenSSH writes it (two words), name. Empty lines and those after # are passed over. */
function sitesOf(path: string, text: string): readonly FlowerSite[] {
  const sites = text.split(/\r?\n/).flatMap((line, index) => {
    if (line.trim() === '' || line.startsWith('#')) return [];
    const [siteId, country, kind, key, ...name] = line.trim().split(/\s+/);
    const parsed = lineSchema.safeParse({ siteId, country, displayName: name.join(' ') || siteId });
    if (!parsed.success || kind === undefined || key === undefined)
      throw new UnicaError('config.invalid', {
        key: path,
        problem: `line ${index + 1} is not: site, country, ecdsa-sha2-nistp384, key, name`,
      });
    return [{ ...parsed.data, publicKeyPem: readNodePublicKey(`${kind} ${key}`) }];
  });
  const twice = sites.find(({ siteId }, index) => sites.findIndex((one) => one.siteId === siteId) !== index);
  if (twice !== undefined)
    throw new UnicaError('config.invalid', { key: path, problem: `${twice.siteId} is in it twice` });
  return sites;
}
