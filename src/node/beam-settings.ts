import { readFile } from 'node:fs/promises';
import { UnicaError } from '#base';

/** The Samply Beam proxy beside the node, and what the node is called there. */
export interface BeamSettings {
  /** Without a slash at its end. */
  readonly proxyUrl: string;
  /** `app.proxy.broker` */
  readonly appId: string;
  readonly keyFile: string;
}

/** Settings from flat text; undefined where there is no proxy. @throws UnicaError `config.invalid`. */
export function beamSettings(flat: {
  readonly beamProxy: string | undefined;
  readonly beamApp: string | undefined;
  readonly beamKeyFile: string | undefined;
}): BeamSettings | undefined {
  const { beamProxy, beamApp, beamKeyFile } = flat;
  if (beamProxy === undefined && beamApp === undefined && beamKeyFile === undefined) return undefined;
  if (beamProxy === undefined || beamApp === undefined || beamKeyFile === undefined) {
    throw new UnicaError('config.invalid', {
      key: 'beamProxy',
      problem: 'beamProxy, beamApp and beamKeyFile are needed together',
    });
  }
  return Object.freeze({ proxyUrl: beamProxy.replace(/\/+$/, ''), appId: beamApp, keyFile: beamKeyFile });
}

/** The key of the app at the proxy. @throws UnicaError `config.invalid` where the file cannot be read or is empty. */
export async function beamKey({ keyFile }: BeamSettings): Promise<string> {
  const text = await readFile(keyFile, 'utf8').catch((cause: unknown) => {
    throw new UnicaError('config.invalid', { key: 'beamKeyFile', problem: 'the file cannot be read' }, { cause });
  });
  const key = text.trim();
  if (!/^[\x21-\x7e]{1,1000}$/.test(key)) {
    throw new UnicaError('config.invalid', { key: 'beamKeyFile', problem: 'it does not hold one word' });
  }
  return key;
}
