import { unzipSync } from 'fflate';
import { fromUtf8, UnicaError } from '#base';
import type { FlowerApp } from './flower-app.ts';

const LARGEST_PROJECT_FILE_BYTES = 1_000_000;

/**
 * An application bundle as `flwr build` makes it: a zip whose `pyproject.toml` says publisher, name and version. Nothing else
 * of it is opened here; it runs at the sites whose SuperNodes fetch it.
 * @throws UnicaError `config.invalid` naming the file.
 */
export function readFlowerApp(path: string, content: Uint8Array): FlowerApp {
  const wrong = (problem: string, cause?: unknown) =>
    new UnicaError('config.invalid', { key: path, problem }, { cause });
  let project = '';
  try {
    const files = unzipSync(content, {
      filter: ({ name, originalSize }) => name === 'pyproject.toml' && originalSize <= LARGEST_PROJECT_FILE_BYTES,
    });
    project = fromUtf8(files['pyproject.toml'] ?? new Uint8Array(0));
  } catch (cause) {
    throw wrong('it is not an application bundle of Flower', cause);
  }
  const field = (name: string): string => {
    const value = new RegExp(`^\\s*${name}\\s*=\\s*["']([^"']{1,100})["']`, 'm').exec(project)?.[1];
    if (value === undefined) throw wrong(`its pyproject.toml does not say its ${name}`);
    return value;
  };
  return { fabId: `${field('publisher')}/${field('name')}`, fabVersion: field('version'), content };
}
