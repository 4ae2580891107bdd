import { academyCertificateSchema } from '#wire';
import type { AddCommand } from './command-context.ts';
import { readJsonInput } from './input-file.ts';

/** `academy verify FILE` */
export const addAcademyCommand: AddCommand = (program, contextOf) => {
  program
    .command('academy')
    .description('what the academy of the portal hands out')
    .command('verify')
    .description('check a certificate of the academy; the house that made it is not needed')
    .argument('<file>', 'the certificate as it was saved')
    .option('--key <key>', 'the public key of the house, known from elsewhere')
    .addHelpText('after', '\nExample:\n  unica academy verify certificate.json --key 2vBx…')
    .action(async (path: string, { key }: { readonly key?: string }) => {
      const { terminal } = contextOf();
      const found = await readJsonInput(path, academyCertificateSchema, 'Take the file that the academy saved.');
      const [{ isUnchanged }, { fingerprintOf, verifyText }] = await Promise.all([
        import('#academy'),
        import('#identity'),
      ]);
      const { certificate, publicKey } = found;
      const errors = [
        ...((await isUnchanged(found, verifyText)) ? [] : ['it was changed after it was signed, or never signed']),
        ...(key === undefined || key === publicKey ? [] : ['it names another key than the one given']),
      ];
      const valid = errors.length === 0;
      const fingerprint = fingerprintOf(publicKey);
      terminal.answer({ valid, errors, certificate, publicKey, fingerprint }, () => {
        for (const error of errors) terminal.line(`error    ${error}`);
        const { name, track, lessons, house, issuedOn, certificateId } = certificate;
        terminal.line(`${valid ? 'valid' : 'not valid'}: ${certificateId} of ${issuedOn}`);
        terminal.line(`${name}: track ${track} (${lessons.join(', ')}), at ${house}, key ${fingerprint}`);
        if (valid && key === undefined)
          terminal.line(
            'This key is the one that the file itself names: compare it with that of the house, or give it as --key.',
          );
      });
      if (!valid) process.exitCode = 1;
    });
};
