import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Why no certificates can be made here; false: they can. For tests. */
export const noOpenssl: string | false =
  spawnSync('openssl', ['version']).status === 0 ? false : 'no openssl to make certificates with';

/** Certificates made with openssl in a folder, for tests: authorities, and what they issue. */
export class TestCertificates {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  path(name: string): string {
    return join(this.#folder, name);
  }

  /** Certificate and key of a server, as TLS takes them. */
  pair(name: string): { readonly cert: string; readonly key: string } {
    return {
      cert: readFileSync(this.path(`${name}.pem`), 'utf8'),
      key: readFileSync(this.path(`${name}.key`), 'utf8'),
    };
  }

  authority(name: string, subject: string): void {
    const files = ['-keyout', this.path(`${name}.key`), '-out', this.path(`${name}.pem`)];
    run('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '90', '-subj', `/CN=${subject}`, ...files);
  }

  /** @param days -1: it has ended */
  issued(name: string, by: string, { names, days = 60 }: { readonly names: string; readonly days?: number }): void {
    const request = this.path(`${name}.csr`);
    const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=${names}`];
    run('req', '-newkey', 'rsa:2048', '-nodes', ...subject, '-keyout', this.path(`${name}.key`), '-out', request);
    const signer = ['-CA', this.path(`${by}.pem`), '-CAkey', this.path(`${by}.key`), '-CAcreateserial'];
    const asked = ['-copy_extensions', 'copy', '-days', String(days)];
    run('x509', '-req', '-in', request, ...signer, ...asked, '-out', this.path(`${name}.pem`));
  }
}

function run(...args: readonly string[]): void {
  const { status, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}
