import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { UnicaError } from '#base';
import type { PracticeNetwork } from '#node';
import { countrySchema } from '#wire';
import type { AddCommand, CommandContext } from './command-context.ts';
import { type FlatSettings, withOptions } from './flat-settings.ts';
import { siteId, webAddress, wholeNumber } from './option-values.ts';
import type { Tone } from './terminal.ts';
import { untilEnded } from './until-ended.ts';
import { WHOSE_TURN } from './whose-turn.ts';

/** `node setup` */
export const addSetupCommand: AddCommand = (node, contextOf) => {
  node
    .command('setup')
    .description(
      'the way from an empty folder to a node of tier 1, 2 and 3: does the next steps that it was given what it needs for, and shows where it stands',
    )
    .option('--home <dir>', 'its data folder (default: .unica/node)')
    .option('--hub <url>', "the hub's address", webAddress)
    .option('--hub-proxy <url>', 'the proxy on the way to the hub (default: HTTPS_PROXY of the environment)')
    .option('--code <code>', "the one-time code from the network's coordinator")
    .option('--site <id>', 'the short name of this site', siteId)
    .option('--country <code>', 'two capital letters, such as PT')
    .option('--name <name>', "the hospital's name as others see it")
    .option('--images <path...>', 'folders, files or zips with first images')
    .option('--portal', 'as pages in a browser: shows an address that signs in once')
    .option('--port <number>', 'where the pages are served, with --portal (default: 7401)', wholeNumber(0, 65535))
    .option('--practice', 'with a hub and images that are made up, in a folder that is thrown away afterwards')
    .addHelpText(
      'after',
      '\nWhat is not given is asked for at a terminal. It can be run again at any time: what is done is not asked again.\n\nExamples:\n  unica node setup --practice --portal\n  unica node setup --portal --home /srv/unica-node --hub https://hub.example.eu\n  unica node setup --home /srv/unica-node --hub https://hub.example.eu',
    )
    .action(async (options: SetupOptions) => {
      const context = contextOf();
      if (options.practice === true) await practise(options, context);
      else if (options.portal === true) {
        const { code, images } = options;
        if (code !== undefined && options.hub === undefined)
          throw new UnicaError('http.invalid-input', { where: '--hub', problem: 'is needed beside --code' });
        // What was given is not typed again into the pages.
        if (code !== undefined || images !== undefined) await advanced(options, context, context.settings);
        const { home, hub, hubProxy, port } = options;
        const where = Object.fromEntries(
          Object.entries({ home, hub, hubProxy, port }).filter(([, value]) => value !== undefined),
        );
        await guide(where, context, { settings: context.settings });
      } else await go(options, context, context.settings);
    });
};

interface SetupOptions {
  readonly home?: string;
  readonly hub?: string;
  readonly hubProxy?: string;
  readonly code?: string;
  readonly site?: string;
  readonly country?: string;
  readonly name?: string;
  readonly images?: readonly string[];
  readonly practice?: boolean;
  readonly portal?: boolean;
  readonly port?: number;
}

async function go(options: SetupOptions, context: CommandContext, settings: FlatSettings): Promise<void> {
  const { terminal } = context;
  const way = await advanced(options, context, settings);
  terminal.answer({ steps: way.map((step) => ({ ...step })) }, () => {
    for (const { step, state, says, next, turn } of way) {
      const [tone, mark] = MARKS[state];
      terminal.line(`${terminal.tone(tone, mark)}  ${step.padEnd(16)} ${says}`);
      if (next !== null && state !== 'optional')
        terminal.line(`${' '.repeat(27)}Next${turn === null ? '' : `, ${WHOSE_TURN[turn]}`}: ${next}`);
    }
  });
}

/** Does the steps that it was given what it needs for. @returns where each step stands then */
async function advanced(
  { practice: _, portal, hub, code, site, country, name, images, ...where }: SetupOptions,
  { terminal, signal }: CommandContext,
  settings: FlatSettings,
) {
  const { importIntoNode, initNode, nodeConfig, setupOfNode } = await import('#node');
  const config = nodeConfig(withOptions(settings, { ...where }));
  const hubUrl = hub === undefined ? undefined : new URL(hub);
  let way = await setupOfNode(config, { hubUrl });
  const stateOf = (wanted: string) => way.find(({ step }) => step === wanted)?.state;
  if (stateOf('enrolment') === 'open' && hub !== undefined) {
    // Beside the pages nobody is asked here: they ask.
    const once = code ?? (portal === true ? undefined : await askedCode(terminal.json));
    if (once !== undefined) {
      if (country !== undefined && !countrySchema.safeParse(country).success)
        throw new UnicaError('http.invalid-input', { where: 'country', problem: 'two capital letters, such as PT' });
      await initNode(config, { hubUrl: hub, code: once, siteId: site, country, displayName: name });
      way = await setupOfNode(config, { hubUrl });
    }
  }
  if (images !== undefined && stateOf('images') === 'open') {
    await importIntoNode(config, {
      paths: images,
      signal,
      onProgress: ({ received, accepted }) => terminal.progress(`${received} files, ${accepted} taken in`),
    });
    way = await setupOfNode(config, { hubUrl });
  }
  return way;
}

const MARKS: Readonly<Record<'done' | 'open' | 'optional' | 'waits' | 'blocked' | 'later', readonly [Tone, string]>> = {
  done: ['good', 'done    '],
  open: ['accent', 'NEXT    '],
  optional: ['dim', 'optional'],
  waits: ['warning', 'waits   '],
  blocked: ['bad', 'MEND    '],
  later: ['dim', 'later   '],
};

/** The one thing that only a person knows: asked for at a terminal; undefined where nobody can be asked. */
async function askedCode(isForPrograms: boolean): Promise<string | undefined> {
  if (isForPrograms || !process.stdin.isTTY) return undefined;
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await lines.question("The coordinator's one-time code: ")).trim();
  } finally {
    lines.close();
  }
}

/** Everything real but what it is about: an own hub, made-up films, a folder of its own that is deleted at the end. */
async function practise(options: SetupOptions, context: CommandContext): Promise<void> {
  const { terminal } = context;
  const folder = await mkdtemp(join(tmpdir(), 'unica-practice-'));
  const { startPracticeNetwork } = await import('#village');
  const practice = await startPracticeNetwork(folder, { approval: options.portal === true ? 'ask' : 'automatic' });
  try {
    terminal.complain(
      'Practice: the hub and the films are made up; nothing of this machine is touched, and nothing is kept.',
    );
    const home = join(folder, 'node');
    // Settings of the environment are of the real node: none of them is taken.
    const settings = { port: String(options.port ?? 0), logLevel: 'silent' };
    if (options.portal === true) await guide({ home }, context, { settings, practice });
    else await go({ home, hub: practice.hubUrl, code: practice.code, images: [practice.films] }, context, settings);
  } finally {
    await practice.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The way as pages of the portal, until the program is ended; beside a service that runs, only the way in. */
async function guide(
  where: Pick<SetupOptions, 'home' | 'hub' | 'hubProxy' | 'port'>,
  { terminal, signal }: CommandContext,
  { settings, practice }: { readonly settings: FlatSettings; readonly practice?: PracticeNetwork },
): Promise<void> {
  const { nodeConfig, nodeSignInLink, startGuide } = await import('#node');
  const { createLog } = await import('#observe');
  const { folderHolder } = await import('#store');
  const { hub, ...own } = where;
  const config = nodeConfig(withOptions(settings, { ...own }));
  const tell = (link: string, ends: string) =>
    terminal.answer({ link, pid: process.pid }, () => {
      terminal.line('Open this address in a browser on this machine, once, within a quarter of an hour:');
      terminal.line(`  ${terminal.tone('accent', link)}`);
      terminal.line(ends);
    });
  if (existsSync(config.home) && (await folderHolder(config.home).catch(() => undefined)) !== undefined) {
    tell(await nodeSignInLink(config), 'The service runs already; this program has done its part.');
    return;
  }
  const log = createLog({ house: 'node', level: config.logLevel });
  const hubUrl = hub === undefined ? undefined : new URL(hub);
  const running = await startGuide(config, log, { hubUrl, practice });
  try {
    tell(await running.signInLink(), 'Ctrl-C ends it. Nothing is lost: begun again, it goes on where it stands.');
    await untilEnded(signal);
  } finally {
    await running.close();
  }
}
