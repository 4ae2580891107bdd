import { join } from 'node:path';
import { z } from 'zod';
import { UnicaError } from '#base';
import { type FlatSettings, type HouseSettings, readHouseSettings } from '#http';
import { type BeamSettings, beamSettings } from './beam-settings.ts';
import type { HubProxy } from './dial.ts';
import type { DicomAddress } from './dicom-address.ts';
import {
  type DicomTlsSettings,
  dicomDestinations,
  dicomReaders,
  dicomSenders,
  dicomTls,
  LISTED_AE_TITLE,
  type ReceiverSettings,
} from './dicom-settings.ts';
import { type FlowerSettings, flowerSettings } from './flower-settings.ts';
import { type VaultSettings, vaultSettings } from './site-vault-settings.ts';

/** A node's settings, frozen. The hub's address and key are kept in the home from enrolment on. */
export interface NodeConfig extends HouseSettings {
  readonly databasePath: string;
  readonly blobsPath: string;
  readonly quarantinePath: string;
  /** Bodies of DICOMweb requests wait here to be de-identified. */
  readonly webIncomingPath: string;
  /** Clinical tables wait here to be mapped, as they were uploaded. */
  readonly mappingPath: string;
  /** Origins of viewers in browsers that may use `/dicom-web` from elsewhere. */
  readonly viewerOrigins: readonly string[];
  /** Images that arrive over the network wait here, as they came, until they are imported. */
  readonly incomingPath: string;
  /** Ask the owner about every job, or approve by a standing rule (said on every screen). */
  readonly approval: 'ask' | 'automatic';
  /** Whether the legal dossier has to be there before anything is published; demonstrations carry an example. */
  readonly dossier: 'required' | 'example';
  /** Counts below this many people are withheld; 3 to 100. */
  readonly minimumCount: number;
  /** Different questions of federated search that are answered in a day, all requesters together. */
  readonly dailyQuestions: number;
  /** The Samply Beam proxy of Cancer Image Europe; undefined: there is none. */
  readonly beam: BeamSettings | undefined;
  readonly trainingWorkers: number;
  /** Processes that score studies, each on one core. */
  readonly scoringProcesses: number;
  /** A study that arrived is whole after so long without a further film. */
  readonly scoringQuietSeconds: number;
  /** Films stay so long under the hospital's identity after the last one came, so that a late view makes the exam whole. */
  readonly scoringKeepMinutes: number;
  /** More films than this much are not kept waiting to be scored. */
  readonly scoringSpoolMib: number;
  /** Whether every study that a model reads is scored, or only what was ordered. */
  readonly scoringOf: 'every-study' | 'ordered';
  /** Where orders are asked for; undefined: nowhere. */
  readonly worklist: DicomAddress | undefined;
  readonly worklistMinutes: number;
  /** Whose keys will do where updates are masked: the first that the hub shows, or those that the owner has confirmed. */
  readonly peerKeys: 'first-seen' | 'confirmed';
  /** Whether changes are made smaller where a job asks for it, or always sent whole. */
  readonly compression: 'as-asked' | 'never';
  /** More addresses of the same hub, tried in turn when the one of the enrolment does not answer. */
  readonly hubUrls: readonly string[];
  /** The proxy on the way to the hub; undefined: directly. */
  readonly hubProxy: HubProxy | undefined;
  /** What all jobs with differential privacy together may cost one person: ε, at this δ. */
  readonly privacyBudget: number;
  readonly privacyDelta: number;
  /** What the node is called by, and calls itself, among DICOM systems. */
  readonly dicomAeTitle: string;
  /** Undefined: no DICOM images are received. */
  readonly dicomReceiver: ReceiverSettings | undefined;
  /** For encrypted DICOM connections, to us and from us; undefined: there are none. */
  readonly dicomTls: DicomTlsSettings | undefined;
  /** More than this much is not kept waiting for its import. */
  readonly dicomSpoolMib: number;
  /** A larger object is not received; importing one takes about three times its size of memory. */
  readonly dicomObjectMib: number;
  /** A list of words that may stay in descriptions; undefined: the built-in ones alone. */
  readonly wordsFile: string | undefined;
  /** Rectangles that the site has blacked out, beside those that come with the product. */
  readonly regionsFile: string | undefined;
  /** Names of concepts in the site's language and their codes in other systems; undefined: what is public alone. */
  readonly conceptsFile: string | undefined;
  /** Where it is kept whose the images are; undefined: nowhere. */
  readonly siteVault: VaultSettings | undefined;
  /** The Flower SuperLink that is joined; undefined: none. */
  readonly flower: FlowerSettings | undefined;
}

/** A proxy that was set for this node alone, or one that all programs of the machine use for encrypted connections. */
function hubProxyOf(own: {
  readonly hubProxy?: string | undefined;
  readonly proxyOfEnvironment?: string | undefined;
}): HubProxy | undefined {
  if (own.hubProxy !== undefined) return { url: new URL(own.hubProxy), onlySecure: false };
  const url = own.proxyOfEnvironment === undefined ? null : URL.parse(own.proxyOfEnvironment);
  return url?.protocol === 'http:' ? { url, onlySecure: true } : undefined;
}

/**
 * A node's settings from flat text: those of every house, `approval` (ask | automatic), `minimumCount` (people), `dossier` (required | example),
 * `dailyQuestions`, `trainingWorkers` (threads), `scoringProcesses`, `scoringQuietSeconds`, `scoringKeepMinutes`, `scoringSpoolMib`, `scoringOf` (every-study | ordered), `worklist` (AET@host:port), `worklistMinutes`, `privacyBudget` (ε), `privacyDelta`, `peerKeys` (first-seen | confirmed), `compression` (as-asked | never), `hubUrls` (more addresses of the hub,
 * separated by commas), `hubProxy`, `viewerOrigins` (separated by commas), and how DICOM images come in: `dicomPort` (off when
 * absent), `dicomTlsPort` with `dicomTlsCertificate`, `dicomTlsKey`, `dicomTlsAuthorities` (PEM files), `dicomTlsClients`
 * (certificate | anyone), `dicomTlsNames` (host | any), `dicomHost`, `dicomAeTitle`, `dicomPeers` (AET@address,AET… | any),
 * `dicomReaders` (AET@address,…), `dicomDestinations` (AET@host:port[/tls],…), `dicomSpoolMib`, `dicomObjectMib` (MiB);
 * `beamProxy` (address), `beamApp` (app.proxy.broker), `beamKeyFile` (text file); `wordsFile`, `regionsFile`, `conceptsFile` (text files); `vault`, `vaultKeyFile`, `vaultPassphrase`: the site vault;
 * `flowerSuperlink` (host:port), `flowerTls` (required | none), `flowerAuthorities` (PEM file), `flowerAgreement` (JSON file).
 * @throws UnicaError `config.invalid` naming the setting.
 */
export function nodeConfig(flat: FlatSettings): NodeConfig {
  const { common, own } = readHouseSettings(
    flat,
    { home: '.unica/node', port: 7401 },
    {
      approval: z.enum(['ask', 'automatic']).default('ask'),
      dossier: z.enum(['required', 'example']).optional(),
      minimumCount: z.coerce.number().int().min(3).max(100).default(10),
      peerKeys: z.enum(['first-seen', 'confirmed']).default('first-seen'),
      compression: z.enum(['as-asked', 'never']).default('as-asked'),
      privacyBudget: z.coerce.number().positive().max(1000).default(10),
      privacyDelta: z.coerce.number().min(1e-15).max(0.01).default(1e-5),
      dailyQuestions: z.coerce.number().int().min(20).max(1_000_000).default(100),
      trainingWorkers: z.coerce.number().int().min(1).max(64).default(2),
      scoringProcesses: z.coerce.number().int().min(1).max(16).default(2),
      scoringQuietSeconds: z.coerce.number().int().min(0).max(3600).default(30),
      scoringKeepMinutes: z.coerce.number().int().min(0).max(1440).default(60),
      scoringSpoolMib: z.coerce.number().int().min(16).max(1_048_576).default(10_240),
      scoringOf: z.enum(['every-study', 'ordered']).default('every-study'),
      worklist: z.string().min(1).optional(),
      worklistMinutes: z.coerce.number().int().min(1).max(1440).default(5),
      hubUrls: z
        .string()
        .regex(
          /^https?:\/\/[^\s,]+(\s*,\s*https?:\/\/[^\s,]+)*$/,
          'it is not a list of addresses such as https://hub.example',
        )
        .optional(),
      hubProxy: z
        .url({ protocol: /^http$/, error: 'it is not an address such as http://proxy.example:3128' })
        .optional(),
      proxyOfEnvironment: z.string().optional(),
      viewerOrigins: z
        .string()
        .regex(
          /^https?:\/\/[^\s,/]+(\s*,\s*https?:\/\/[^\s,/]+)*$/,
          'it is not a list of origins such as https://viewer.example',
        )
        .optional(),
      dicomPort: z.coerce.number().int().min(0).max(65535).optional(),
      dicomHost: z.string().min(1).optional(),
      dicomAeTitle: z
        .string()
        .trim()
        .regex(LISTED_AE_TITLE, 'an AE title has 1 to 16 printable ASCII characters, without a backslash, comma or @')
        .default('UNICA'),
      dicomPeers: z.string().optional(),
      dicomReaders: z.string().optional(),
      dicomDestinations: z.string().optional(),
      dicomTlsPort: z.coerce.number().int().min(0).max(65535).optional(),
      dicomTlsCertificate: z.string().min(1).optional(),
      dicomTlsKey: z.string().min(1).optional(),
      dicomTlsAuthorities: z.string().min(1).optional(),
      dicomTlsClients: z.enum(['certificate', 'anyone']).default('certificate'),
      dicomTlsNames: z.enum(['host', 'any']).default('host'),
      // Up to FILE_LIMIT_BYTES of the room intake.
      dicomObjectMib: z.coerce.number().int().min(1).max(4352).default(2560),
      dicomSpoolMib: z.coerce.number().int().min(1).max(16_777_216).default(20_480),
      wordsFile: z.string().min(1).optional(),
      regionsFile: z.string().min(1).optional(),
      conceptsFile: z.string().min(1).optional(),
      beamProxy: z
        .url({ protocol: /^https?$/, error: 'it is not an address such as http://127.0.0.1:8081' })
        .optional(),
      beamApp: z
        .string()
        .regex(/^[\w-]+(\.[\w-]+){2,20}$/, 'it is not of the form app.proxy.broker')
        .optional(),
      beamKeyFile: z.string().min(1).optional(),
      vault: z.string().min(1).optional(),
      vaultKeyFile: z.string().min(1).optional(),
      vaultPassphrase: z.string().optional(),
      flowerSuperlink: z
        .string()
        .regex(/^[^\s/]+:\d{1,5}$/, 'it is not host:port')
        .optional(),
      flowerTls: z.enum(['required', 'none']).default('required'),
      flowerAuthorities: z.string().min(1).optional(),
      flowerAgreement: z.string().min(1).optional(),
    },
  );
  const { dicomTlsCertificate, dicomTlsKey, dicomTlsAuthorities, dicomTlsClients, dicomTlsNames, ...others } = own;
  const tls = dicomTls({ dicomTlsCertificate, dicomTlsKey, dicomTlsAuthorities, dicomTlsClients, dicomTlsNames });
  const {
    beamProxy,
    beamApp,
    beamKeyFile,
    dicomPort,
    dicomTlsPort,
    dicomHost,
    dicomPeers,
    dicomReaders: readers,
    dicomDestinations: destinations,
    vault,
    vaultKeyFile,
    vaultPassphrase,
    ...more
  } = others;
  const { flowerSuperlink, flowerTls, flowerAuthorities, flowerAgreement, ...rest } = more;
  if (dicomTlsPort !== undefined && tls === undefined) {
    throw new UnicaError('config.invalid', {
      key: 'dicomTlsPort',
      problem: 'it needs dicomTlsCertificate, dicomTlsKey and dicomTlsAuthorities',
    });
  }
  const reading = { readers: dicomReaders(readers), destinations: dicomDestinations(destinations) };
  if (reading.readers.length > 0 && dicomPort === undefined && dicomTlsPort === undefined) {
    throw new UnicaError('config.invalid', { key: 'dicomReaders', problem: 'it needs dicomPort or dicomTlsPort' });
  }
  if (tls === undefined && reading.destinations.some(({ isEncrypted }) => isEncrypted)) {
    throw new UnicaError('config.invalid', {
      key: 'dicomDestinations',
      problem: '/tls needs dicomTlsCertificate, dicomTlsKey and dicomTlsAuthorities',
    });
  }
  return Object.freeze({
    ...common,
    ...rest,
    dossier: own.dossier ?? (common.demonstration ? 'example' : 'required'),
    databasePath: join(common.home, 'node.sqlite'),
    blobsPath: join(common.home, 'blobs'),
    quarantinePath: join(common.home, 'quarantine'),
    webIncomingPath: join(common.home, 'incoming-web'),
    mappingPath: join(common.home, 'mapping'),
    viewerOrigins: own.viewerOrigins?.split(/\s*,\s*/) ?? [],
    hubUrls: own.hubUrls?.split(/\s*,\s*/) ?? [],
    hubProxy: hubProxyOf(own),
    incomingPath: join(common.home, 'incoming'),
    wordsFile: own.wordsFile,
    regionsFile: own.regionsFile,
    conceptsFile: own.conceptsFile,
    beam: beamSettings({ beamProxy, beamApp, beamKeyFile }),
    siteVault: vaultSettings({ vault, vaultKeyFile, vaultPassphrase }, common.home),
    flower: flowerSettings({ flowerSuperlink, flowerTls, flowerAuthorities, flowerAgreement }),
    worklist: worklistOf(own.worklist, tls !== undefined),
    dicomTls: tls,
    dicomReceiver:
      dicomPort === undefined && dicomTlsPort === undefined
        ? undefined
        : Object.freeze({
            host: dicomHost ?? common.host,
            ...(dicomPort === undefined ? {} : { port: dicomPort }),
            ...(dicomTlsPort === undefined ? {} : { securePort: dicomTlsPort }),
            senders: dicomSenders(dicomPeers),
            ...reading,
          }),
  });
}

/** @throws UnicaError `config.invalid` */
function worklistOf(text: string | undefined, hasCertificate: boolean): DicomAddress | undefined {
  if (text === undefined) return undefined;
  const [first, ...more] = dicomDestinations(text, 'worklist');
  if (first === undefined || more.length > 0)
    throw new UnicaError('config.invalid', { key: 'worklist', problem: 'it is not one address' });
  if (first.isEncrypted === true && !hasCertificate)
    throw new UnicaError('config.invalid', { key: 'worklist', problem: '/tls needs dicomTlsCertificate' });
  return first;
}
