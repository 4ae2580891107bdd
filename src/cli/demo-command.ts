import { Option } from 'commander';
import type { AddCommand } from './command-context.ts';
import { demoTerminal } from './demo-terminal.ts';
import { wholeNumber } from './option-values.ts';
import { untilEnded } from './until-ended.ts';

/** `demo` */
export const addDemoCommand: AddCommand = (program, contextOf) => {
  program
    .command('demo')
    .description('the whole network on this machine: a hub and hospital nodes, images in, a model trained in rounds')
    .addOption(new Option('--images <dir>', 'DICOM files, or PNG films with a labels.csv').conflicts('npz'))
    .addOption(new Option('--npz <file>', 'a MedMNIST file such as pneumoniamnist.npz').conflicts('images'))
    .option('--nodes <number>', 'hospital nodes', wholeNumber(2, 7), 3)
    .option('--rounds <number>', 'rounds of federated learning (default: 12)', wholeNumber(1, 200))
    .option('--films <number>', 'synthetic films made when no images are given', wholeNumber(60, 5000))
    .option('--seed <number>', 'makes the run repeatable', wholeNumber(0, 2 ** 31), 1)
    .option('--home <dir>', 'folder for everything it writes', '.unica/demo')
    .option('--once', 'end when the story is told instead of keeping the portal open')
    .addHelpText(
      'after',
      '\nExamples:\n  unica demo\n  unica demo --once --json --npz pneumoniamnist.npz --rounds 10\n  unica demo --images /data/chest-films',
    )
    .action(async (options: DemoOptions) => {
      const { terminal, signal } = contextOf();
      const { runDemo } = await import('#village');
      const { once, images, npz, ...rest } = options;
      const source =
        images !== undefined
          ? { kind: 'images' as const, path: images }
          : npz !== undefined
            ? { kind: 'npz' as const, path: npz }
            : { kind: 'synthetic' as const };
      const demo = await runDemo({ ...rest, source, signal }, demoTerminal(terminal));
      try {
        terminal.answer(demo.result, () => {});
        if (once === true) return;
        terminal.line();
        for (const { name, url } of demo.portals)
          terminal.line(`    ${name.padEnd(36)} ${terminal.tone('accent', url)}`);
        terminal.line();
        terminal.line('    The portal stays open. Ctrl-C ends every process.');
        await untilEnded(signal);
      } finally {
        await demo.close();
      }
    });
};

interface DemoOptions {
  readonly images?: string;
  readonly npz?: string;
  readonly nodes: number;
  readonly rounds?: number;
  readonly films?: number;
  readonly seed: number;
  readonly home: string;
  readonly once?: boolean;
}
