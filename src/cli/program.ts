import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { z } from 'zod';
import { addAcademyCommand } from './academy-command.ts';
import { addAuditCommand } from './audit-command.ts';
import { addBenchCommand } from './bench-command.ts';
import { addCatalogueCommand } from './catalogue-command.ts';
import type { CommandContext } from './command-context.ts';
import { addDatasetCommands } from './dataset-commands.ts';
import { addDeidentifyCommand } from './deidentify-command.ts';
import { addDemoCommand } from './demo-command.ts';
import { addDoctorCommand } from './doctor-command.ts';
import { addFhirCommand } from './fhir-command.ts';
import { addHubCommands } from './hub-commands.ts';
import { addImportCommand } from './import-command.ts';
import { addInspectCommands } from './inspect-commands.ts';
import { addLearnCommands } from './learn-commands.ts';
import { addLearnJobCommands } from './learn-job-commands.ts';
import { addMappingCommands } from './mapping-commands.ts';
import { addModelCommands } from './model-commands.ts';
import { addNodeCommands } from './node-commands.ts';
import { addPredictCommands } from './predict-commands.ts';
import { addPrivacyCommands } from './privacy-commands.ts';
import { addReportCommand } from './report-commands.ts';
import { addSearchCommand } from './search-command.ts';
import { addSimulateCommand } from './simulate-command.ts';
import { addStatisticsCommand } from './statistics-command.ts';
import { addSynthCommand } from './synth-command.ts';
import type { Sink } from './terminal.ts';

const manifest = z
  .object({ version: z.string(), description: z.string() })
  .parse(JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')));

/** The program with all its commands; its help and complaints go to the two streams. */
export function buildProgram(
  context: CommandContext,
  { out, err }: { readonly out: Sink; readonly err: Sink },
): Command {
  const program = new Command('unica')
    .description(manifest.description)
    .version(manifest.version)
    .option('--json', 'one JSON document on standard output; everything else on standard error')
    .option('--verbose', 'show the trace of a failure')
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .configureOutput({
      writeOut: (text) => out.write(text),
      writeErr: (text) => err.write(text),
      outputError: (text, write) => write(`unica: ${oneLine(text)}\n`),
    })
    .addHelpText('after', '\nExample:\n  unica demo');
  const contextOf = (): CommandContext => context;
  for (const add of [
    addDemoCommand,
    addHubCommands,
    addNodeCommands,
    addDoctorCommand,
    addImportCommand,
    addDeidentifyCommand,
    addInspectCommands,
    addMappingCommands,
    addCatalogueCommand,
    addDatasetCommands,
    addSearchCommand,
    addLearnCommands,
    addPredictCommands,
    addModelCommands,
    addSimulateCommand,
    addLearnJobCommands,
    addStatisticsCommand,
    addPrivacyCommands,
    addSynthCommand,
    addAuditCommand,
    addAcademyCommand,
    addFhirCommand,
    addReportCommand,
    addBenchCommand,
  ]) {
    add(program, contextOf);
  }
  return program;
}

/** Commander's complaint as one line that also says where to look. */
function oneLine(text: string): string {
  const said = text
    .replace(/^error: /, '')
    .replace(/\s*\n\s*/g, ' ')
    .trim();
  return `${said}${said.endsWith('.') || said.endsWith(')') ? '' : '.'} Add --help to see how the command is used.`;
}
