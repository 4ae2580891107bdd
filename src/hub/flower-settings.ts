import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { UnicaError } from '#base';
import { type FlowerApp, readFlowerApp, readNodePublicKey, type ServerTls } from '#flower';
import { countrySchema, siteIdSchema } from '#wire';

/** Where stock SuperNodes come in. */
export interface FlowerSettings {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Certificate and key, PEM files; undefined only on this machine itself. */
  readonly tls: { readonly certificatePath: string; readonly keyPath: string } | undefined;
  /** The application bundle (.fab) that the sites run. */
  readonly appPath: string;
  /** Who may come in. */
  readonly sitesPath: string;
}

/** A site that takes part by a stock SuperNode. */
export interface FlowerSite {
  readonly siteId: string;
  readonly country: string;
  readonly displayName: string;
  readonly publicKeyPem: string;
}

const LOOPBACK = ['127.0.0.1', 'localhost', '::1'];

/** The settings, where there is a port. @throws UnicaError `config.invalid` naming what is missing. */
export function flowerSettings(
  flat: {
    readonly flowerPort?: number | undefined;
    readonly flowerHost?: string | undefined;
    readonly flowerCertificate?: string | undefined;
    readonly flowerKey?: string | undefined;
    readonly flowerApp?: string | undefined;
    readonly flowerSites?: string | undefined;
  },
  host: string,
): FlowerSettings | undefined {
  const { flowerPort, flowerHost, flowerCertificate, flowerKey, flowerApp, flowerSites } = flat;
  if (flowerPort === undefined) return undefined;
  const missing = (key: string, problem: string) => new UnicaError('config.invalid', { key, problem });
  if (flowerApp === undefined) throw missing('flowerApp', 'a port for Flower needs the bundle that sites run');
  if (flowerSites === undefined) throw missing('flowerSites', 'a port for Flower needs the list of who may come in');
  const listensOn = flowerHost ?? host;
  const tls =
    flowerCertificate === undefined || flowerKey === undefined
      ? undefined
      : { certificatePath: flowerCertificate, keyPath: flowerKey };
  if (tls === undefined && !LOOPBACK.includes(listensOn))
    throw missing('flowerCertificate', 'other machines are let in over TLS only; it needs flowerKey beside it');
  return Object.freeze({ host: listensOn, port: flowerPort, tls, appPath: flowerApp, sitesPath: flowerSites });
}

/** What the files of the settings hold. @throws UnicaError `config.invalid` naming file and line. */
export async function readFlowerFiles(settings: FlowerSettings): Promise<{
  readonly app: FlowerApp;
  readonly sites: readonly FlowerSite[];
  readonly tls: ServerTls | undefined;
}> {
  const { appPath, sitesPath, tls } = settings;
  const [app, sites] = await Promise.all([read('flowerApp', appPath), read('flowerSites', sitesPath)]);
  return {
    app: readFlowerApp(appPath, app),
    sites: sitesOf(sitesPath, new TextDecoder().decode(sites)),
    tls:
      tls === undefined
        ? undefined
        : {
            certificate: await read('flowerCertificate', tls.certificatePath),
            key: await read('flowerKey', tls.keyPath),
          },
  };
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
