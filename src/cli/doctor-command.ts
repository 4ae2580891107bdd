import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Option } from 'commander';
import type { Checkup, Finding } from '#wire';
import type { AddCommand } from './command-context.ts';
import { type FlatSettings, withOptions } from './flat-settings.ts';
import { endOfLog, helpdeskText } from './helpdesk.ts';
import { type DicomAddressText, dicomAddress, oneOf, webAddress } from './option-values.ts';
import type { Terminal, Tone } from './terminal.ts';
import { WHOSE_TURN } from './whose-turn.ts';

/** `doctor` */
export const addDoctorCommand: AddCommand = (program, contextOf) => {
  program
    .command('doctor')
    .description('look at everything a node or a hub rests on, and say of each fault who can mend it and how')
    .option('--home <dir>', "the service's data folder (default: .unica/node, else .unica/hub)")
    .option('--house <kind>', 'node or hub (default: what the folder holds)', oneOf(['node', 'hub']))
    .option('--hub <url>', 'before enrolment: the address of the hub that is to be reached', webAddress)
    .option('--hub-proxy <url>', 'the proxy on the way to the hub (default: HTTPS_PROXY of the environment)')
    .option('--pacs <aet@host:port...>', 'DICOM systems to try (C-ECHO)', listOfDicomAddresses)
    .option('--database-url <url>', 'postgres://… where the hub uses one')
    .option('--for-it', "only the text for the hospital's IT, to be sent")
    .option('--for-helpdesk', "only a text for the network's helpdesk, without anything about a person")
    .addOption(
      new Option('--log <file>', "for the helpdesk: the service's log, as a file; - for standard input").implies({
        forHelpdesk: true,
      }),
    )
    .addHelpText(
      'after',
      '\nIt ends with 0 where nothing has to be mended, else with 1.\n\nExamples:\n  unica doctor --home /srv/unica-node\n  unica doctor --hub https://hub.example.eu --for-it > for-it.txt\n  unica doctor --home /srv/unica-hub --json\n  journalctl -u unica-node -n 5000 -o cat | unica doctor --home /srv/unica-node --for-helpdesk --log - > for-helpdesk.txt',
    )
    .action(async (options: DoctorOptions) => {
      const { settings, terminal } = contextOf();
      const log = options.log === undefined ? undefined : await endOfLog(options.log);
      const checkup = await examine(options, settings);
      if (options.forHelpdesk === true) {
        const home = withOptions(settings, { home: options.home })['home'] ?? `.unica/${checkup.house}`;
        const text = helpdeskText(checkup, { settings, home, log });
        terminal.answer({ text }, () => terminal.line(text));
        return;
      }
      terminal.answer({ ...checkup, findings: [...checkup.findings] }, () => {
        if (options.forIt === true) terminal.line(checkup.forIt ?? 'There is nothing that your IT would have to mend.');
        else tell(terminal, checkup);
      });
      if (checkup.state === 'bad') process.exitCode = 1;
    });
};

interface DoctorOptions {
  readonly home?: string;
  readonly house?: 'node' | 'hub';
  readonly hub?: string;
  readonly hubProxy?: string;
  readonly pacs?: readonly DicomAddressText[];
  readonly databaseUrl?: string;
  readonly forIt?: boolean;
  readonly forHelpdesk?: boolean;
  readonly log?: string;
}

async function examine(
  { house, hub, pacs, forIt: _, forHelpdesk: __, log: ___, ...where }: DoctorOptions,
  settings: FlatSettings,
): Promise<Checkup> {
  const given = withOptions(settings, { ...where });
  const home = given['home'];
  const holdsHub = (folder: string) => existsSync(join(folder, 'hub.key')) || existsSync(join(folder, 'hub.sqlite'));
  const isHub =
    house === 'hub' ||
    (house === undefined &&
      hub === undefined &&
      (where.databaseUrl !== undefined ||
        (home === undefined ? !existsSync('.unica/node') && holdsHub('.unica/hub') : holdsHub(home))));
  if (isHub) {
    const { examineHub, hubConfig } = await import('#hub');
    return await examineHub(hubConfig(given));
  }
  const { examineNode, nodeConfig } = await import('#node');
  return await examineNode(nodeConfig(given), { hubUrl: hub === undefined ? undefined : new URL(hub), pacs });
}

const MARKS: Readonly<Record<Finding['state'], readonly [Tone, string]>> = {
  good: ['good', 'well'],
  note: ['warning', 'note'],
  bad: ['bad', 'MEND'],
  skipped: ['dim', '  – '],
};

function tell(terminal: Terminal, { findings, state, forIt }: Checkup): void {
  for (const { check, state: one, says, mend, mender, more } of findings) {
    const [tone, mark] = MARKS[one];
    terminal.line(`${terminal.tone(tone, mark)}  ${check.padEnd(18)} ${says}`);
    if (mend === null || mender === null) continue;
    terminal.line(`${' '.repeat(25)}${mend}`);
    terminal.line(
      terminal.tone('dim', `${' '.repeat(25)}Who: ${WHOSE_TURN[mender]}.${more === null ? '' : ` More: ${more}`}`),
    );
  }
  const count = (wanted: Finding['state']) => findings.filter((finding) => finding.state === wanted).length;
  terminal.line();
  terminal.line(
    state === 'bad'
      ? `${count('bad')} to mend, ${count('note')} to know of.`
      : `Nothing to mend${state === 'note' ? `; ${count('note')} to know of` : ''}.`,
  );
  if (forIt !== null) terminal.line('Add --for-it for a text to send to your IT.');
}

function listOfDicomAddresses(text: string, before: readonly DicomAddressText[] = []): readonly DicomAddressText[] {
  return [...before, dicomAddress(text)];
}
