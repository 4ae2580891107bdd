import { UnicaError } from '#base';
import type { ExportFormat } from '#node';
import type { AddCommand } from './command-context.ts';
import { withOptions } from './flat-settings.ts';
import { oneOf, webAddress } from './option-values.ts';

const FORMATS: readonly ExportFormat[] = ['fhir', 'mado'];

/** `dataset export NAME` */
export const addDatasetCommand: AddCommand = (program, contextOf) => {
  program
    .command('dataset')
    .description("a node's datasets")
    .command('export')
    .description('write a de-identified dataset into a folder, a document for each examination')
    .argument('<name>', 'the dataset')
    .option('--home <dir>', "the node's data folder (default: .unica/node)")
    .requiredOption(
      '--format <format>',
      'fhir: HL7 Europe imaging reports; mado: IHE MADO manifests as FHIR and as DICOM key object selections',
      oneOf(FORMATS),
    )
    .requiredOption('--out <dir>', 'the folder to write into; made where it is missing')
    .option('--retrieve-url <url>', 'mado: where the images can be had (DICOMweb)', webAddress)
    .addHelpText(
      'after',
      '\nExample:\n  unica dataset export chest-films --home /srv/unica-node --format fhir --out chest-films-fhir',
    )
    .action(async (name: string, options: DatasetExportOptions) => {
      const { terminal, settings, signal } = contextOf();
      const { exportDataset, nodeConfig } = await import('#node');
      const { format, out, retrieveUrl } = options;
      const report = await exportDataset(
        nodeConfig(withOptions(settings, options.home === undefined ? {} : { home: options.home })),
        {
          name,
          format,
          out,
          retrieveUrl,
          signal,
          onStudy: (done) => terminal.live(`${done} examinations written`),
        },
      );
      const { studies, persons, files, invalid } = report;
      terminal.answer({ ...report, invalid: invalid.map((one) => ({ ...one })) }, () => {
        terminal.line(`${studies} examinations of ${persons} people in ${files} files in ${out}`);
        for (const { file, path, message } of invalid) terminal.line(`not valid: ${file} ${path} ${message}`);
      });
      if (invalid.length > 0) throw new UnicaError('fhir.export-invalid', { count: invalid.length, out });
    });
};

interface DatasetExportOptions {
  readonly home?: string;
  readonly format: ExportFormat;
  readonly out: string;
  readonly retrieveUrl?: string;
}
