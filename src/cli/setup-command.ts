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
import type { Terminal, Tone } from './terminal.ts';
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
    for (const { step, state, says, next, turn, code } of way) {
      const [tone, mark] = MARKS[state];
      terminal.line(`${terminal.tone(tone, mark)}  ${step.padEnd(16)} ${says}`);
      if (next !== null && state !== 'optional')
        terminal.line(`${' '.repeat(27)}Next${turn === null ? '' : `, ${WHOSE_TURN[turn]}`}: ${next}`);
      if (code !== null) terminal.line(terminal.tone('dim', `${' '.repeat(27)}[${code}] docs/operators/errors.md`));
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
  let hubUrl = hub === undefined ? undefined : new URL(hub);
  let way = await setupOfNode(config, { hubUrl });
  // Beside the pages nobody is asked here: they ask.
  const asks = portal !== true && !terminal.json && process.stdin.isTTY === true;
  if (hubUrl === undefined && asks && way.find(({ step }) => step === 'way-out')?.state === 'open') {
    hubUrl = await askedAddress(terminal, signal);
    if (hubUrl !== undefined) way = await setupOfNode(config, { hubUrl });
  }
  const stateOf = (wanted: string) => way.find(({ step }) => step === wanted)?.state;
  if (stateOf('enrolment') === 'open' && hubUrl !== undefined) {
    const once = code ?? (asks ? await asked("The coordinator's one-time code: ", signal) : undefined);
    if (once !== undefined) {
      if (country !== undefined && !countrySchema.safeParse(country).success)
        throw new UnicaError('http.invalid-input', { where: 'country', problem: 'two capital letters, such as PT' });
      await initNode(config, {
        hubUrl: hub ?? hubUrl.href.replace(/\/$/, ''),
        code: once,
        siteId: site,
        country,
        displayName: name,
      });
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

/** The address of the hub, asked for until it is one; undefined where nothing was entered. */
async function askedAddress(terminal: Terminal, signal: AbortSignal): Promise<URL | undefined> {
  for (;;) {
    const text = await asked("The hub's address, from the coordinator's message (Enter: later): ", signal);
    if (text === undefined) return undefined;
    try {
      return new URL(webAddress(text));
    } catch {
      terminal.complain('Give an address such as https://hub.example.eu.');
    }
  }
}

/** What only a person knows, asked for at a terminal; undefined where nothing was entered. */
async function asked(question: string, signal: AbortSignal): Promise<string | undefined> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  // Ctrl-C is for the program and Ctrl-D is no answer: neither leaves it waiting for one.
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  const ended = new AbortController();
  lines.on('close', () => ended.abort());
  try {
    const text = await lines.question(question, { signal: AbortSignal.any([signal, ended.signal]) });
    return text.trim() === '' ? undefined : text.trim();
  } catch (error) {
    if (signal.aborted) throw error;
    return undefined;
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
    else {
      await go({ home, hub: practice.hubUrl, code: practice.code, images: [practice.films] }, context, settings);
      terminal.complain(
        'The practice is over and its folder is gone. `unica node setup --practice --portal` goes the rest of the way, law and catalogue too.',
      );
    }
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
