import type { ConformanceReport } from '#wire';
import type { AddCommand } from './command-context.ts';
import { withOptions } from './flat-settings.ts';
import { readInput } from './input-file.ts';
import type { Terminal, Tone } from './terminal.ts';

/** Longer certificates are none. */
const CERTIFICATE_BYTES = 1_048_576;

/** `node conformance`, `node beam-request` */
export const addConformanceCommands: AddCommand = (node, contextOf) => {
  node
    .command('conformance')
    .description(
      'try every contract with Cancer Image Europe: against stand-ins, and against the real endpoints that are set; prints what passed',
    )
    .option('--home <dir>', 'its data folder (default: .unica/node)')
    .option('--out <file>', 'write the certificate, signed with the key of the node')
    .option('--verify <file>', 'read a certificate instead, and say whether its signature holds')
    .option('--public-key <key>', 'with --verify: of the node that it should be from')
    .addHelpText(
      'after',
      '\nExamples:\n  unica node conformance --home /srv/unica-node --out conformance.json\n  unica node conformance --verify conformance.json --public-key KEY',
    )
    .action(async ({ out, verify, publicKey, ...where }: ConformanceOptions) => {
      const { settings, terminal } = contextOf();
      const { contractsOfNode, nodeConfig, readConformance } = await import('#node');
      if (verify !== undefined) {
        const text = new TextDecoder().decode(await readInput(verify, CERTIFICATE_BYTES));
        const report = readConformance(text, publicKey);
        const whose =
          publicKey === undefined
            ? 'The signature is of the key in the file, which anybody can make: --public-key KEY asks whether it is of the node.'
            : 'The signature holds, with the key of the node.';
        const older =
          report.format === 1
            ? [
                'It is of format 1, which was signed without a word for what it is: ask the node for a new one if you can.',
              ]
            : [];
        return tell(terminal, report, [whose, ...older]);
      }
      const certificate = await contractsOfNode(nodeConfig(withOptions(settings, { ...where })));
      if (out !== undefined) {
        const { replaceFile } = await import('#store');
        await replaceFile(out, `${JSON.stringify(certificate, undefined, 2)}\n`);
      }
      tell(terminal, certificate.report, [
        ...(out === undefined ? [] : [`The signed certificate is in ${out}.`]),
        `Public key of this node, which whoever verifies it should have from you and not from the file: ${certificate.publicKey}`,
      ]);
    });

  node
    .command('beam-request')
    .description(
      'make the key of a Samply Beam proxy and the request for its certificate, with the name that its broker expects',
    )
    .requiredOption('--proxy <id>', 'the id of the proxy: proxy.broker, as the network gave it')
    .requiredOption('--key <file>', 'where the key is written; it stays on this machine')
    .requiredOption('--out <file>', 'where the request is written, for the network')
    .addHelpText(
      'after',
      '\nExample:\n  unica node beam-request --proxy lisbon.broker.eucaim.cancerimage.eu --key proxy.key.pem --out proxy.csr.pem',
    )
    .action(async ({ proxy, key, out }: { readonly proxy: string; readonly key: string; readonly out: string }) => {
      const { terminal } = contextOf();
      const { writeBeamRequest } = await import('#node');
      await writeBeamRequest(proxy, { key, request: out });
      terminal.answer({ proxy, key, request: out }, () => {
        terminal.line(`The request for ${proxy} is in ${out}: send it to the network, with nothing else.`);
        terminal.line(
          `The key is in ${key}, readable by you alone: it is the proxy's (PRIVKEY_FILE) and is sent to nobody.`,
        );
      });
    });
};

interface ConformanceOptions {
  readonly home?: string;
  readonly out?: string;
  readonly verify?: string;
  readonly publicKey?: string;
}

const MARKS: Readonly<Record<ConformanceReport['lines'][number]['outcome'], readonly [Tone, string]>> = {
  passed: ['good', 'passed   '],
  failed: ['bad', 'FAILED   '],
  'not-tried': ['dim', 'not tried'],
};

function tell(terminal: Terminal, report: ConformanceReport, last: readonly string[]): void {
  const counted = (wanted: string) => report.lines.filter(({ outcome }) => outcome === wanted).length;
  terminal.answer({ ...report, lines: report.lines.map((line) => ({ ...line })) }, () => {
    terminal.line(`${report.siteId}, ${report.software}, ${new Date(report.madeAtMs).toISOString()}`);
    for (const { check, against, outcome, says } of report.lines) {
      const [tone, mark] = MARKS[outcome];
      terminal.line(`${terminal.tone(tone, mark)}  ${against.padEnd(8)}  ${check.padEnd(20)} ${says}`);
    }
    terminal.line(`${counted('passed')} passed, ${counted('failed')} failed, ${counted('not-tried')} not tried.`);
    for (const line of last) terminal.line(line);
  });
  if (counted('failed') > 0) process.exitCode = 1;
}
