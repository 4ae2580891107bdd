import { basename } from 'node:path';
import { UnicaError } from '#base';
import type { RunRecord } from '#models';
import type { AddCommand } from './command-context.ts';
import { readInput } from './input-file.ts';
import { modelFolder } from './shipped-model.ts';

/** `model dossier`, `model verify`: what is known of a model, bound to the runs that found it. */
export const addModelCommands: AddCommand = (program, contextOf) => {
  const model = program.command('model').description('the dossier of a model, and whether it is true');

  model
    .command('dossier')
    .description('write the dossier of a model from the records of its runs')
    .argument('<dir>', 'a model folder, or a model that ships (chest-nodule, breast-risk)')
    .option(
      '--run <file...>',
      'records as unica evaluate --run and the campaigns write them; the name of a file is that of its run',
    )
    .option('--forget <name...>', 'records of the earlier dossier that are left out')
    .addHelpText(
      'after',
      '\nRecords of an earlier dossier are kept, those of the same name replaced.\n\nExamples:\n  unica model dossier models/own --run held-out.json\n  unica model dossier models/own',
    )
    .action(async (dir: string, options: { readonly run?: readonly string[]; readonly forget?: readonly string[] }) => {
      const { terminal } = contextOf();
      const { dossierRuns, LARGEST_RUN_BYTES, readRun, writeDossier } = await import('#models');
      const folder = modelFolder(dir);
      const runs = new Map<string, RunRecord>(await dossierRuns(folder));
      for (const name of options.forget ?? []) runs.delete(name);
      for (const path of options.run ?? []) {
        const name = basename(path).replace(/\.json$/, '');
        if (!/^[a-z0-9-]{1,40}$/.test(name))
          throw new UnicaError('cli.unreadable', {
            path,
            problem: 'the name of a record is of small letters, digits and hyphens, 40 at most',
            hint: 'Rename the file.',
          });
        runs.set(name, readRun(name, await readInput(path, LARGEST_RUN_BYTES)));
      }
      const manifest = await writeDossier(folder, runs);
      terminal.answer(
        { dir: folder, seal: manifest.seal, runs: { ...manifest.runs }, files: { ...manifest.files } },
        () => {
          terminal.line(`${folder}/dossier: index.html and dossier.pdf to read, README.md for catalogues of models.`);
          terminal.line(`${runs.size} runs stand behind it. Seal ${manifest.seal}.`);
        },
      );
    });

  model
    .command('verify')
    .description(
      'hold a model and its dossier against the runs: one byte, one digit or one record that differs is found',
    )
    .argument('<dir>', 'a model folder, or a model that ships (chest-nodule, breast-risk)')
    .addHelpText('after', '\nExample:\n  unica model verify models/breast-risk')
    .action(async (dir: string) => {
      const { terminal } = contextOf();
      const { verifyDossier } = await import('#models');
      const folder = modelFolder(dir);
      const problems = await verifyDossier(folder);
      terminal.answer(
        { dir: folder, valid: problems.length === 0, problems: problems.map((one) => ({ ...one })) },
        () => {
          for (const { file, problem } of problems) terminal.line(`${file}: ${problem}`);
          if (problems.length === 0)
            terminal.line(`${folder}: the model and every figure of its dossier match the records of its runs.`);
        },
      );
      if (problems.length > 0) process.exitCode = 1;
    });
};
