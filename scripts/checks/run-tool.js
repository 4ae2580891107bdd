import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

/**
 * Runs one JavaScript tool, its path absolute or from `folder`, with `folder` as its working folder, to its end.
 * @returns {Promise<{ readonly status: number, readonly stdout: string, readonly stderr: string }>}
 */
export function runTool(folder, script, args) {
  return new Promise((fulfil, reject) => {
    const child = spawn(process.execPath, [resolve(folder, script), ...args], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' },
    });
    const texts = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr']) {
      child[name].setEncoding('utf8').on('data', (text) => {
        texts[name] += text;
      });
    }
    child.once('error', reject);
    child.once('close', (code) => fulfil({ status: code ?? 1, ...texts }));
  });
}

/** The lines of a text that say something. */
export function linesOf(text) {
  return text.split('\n').filter((line) => line.trim() !== '');
}
