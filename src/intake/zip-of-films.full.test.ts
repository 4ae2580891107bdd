import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { buildDicom } from '#dicom';
import { writeZip } from './tiny-files-rig.ts';

const PROGRAM = fileURLToPath(new URL('../cli/main.js', import.meta.url));
const FILMS = 48;
/** 3328 × 2560 × 16 bit, as a mammogram is: 17 MB; all of them together take 818 MB. */
const FILM = { rows: 3328, columns: 2560, bitsStored: 12, photometricInterpretation: 'MONOCHROME2' } as const;
/** Held at most of the zip, what two threads clean, and the program; without a bound it was the zip as a whole. */
const MOST_MIB = 640;

test('deidentify: a zip of large films takes memory for some of them at once', {
  timeout: 300_000,
}, async (context) => {
  const home = await mkdtemp(join(tmpdir(), 'unica-films-'));
  try {
    const [input, output, secret] = [join(home, 'films.zip'), join(home, 'out'), join(home, 'secret')];
    await writeZip(input, films());
    await writeFile(secret, new Uint8Array(32).fill(7));
    const running = spawn(process.execPath, [PROGRAM, 'deidentify', input, output, '--secret-file', secret]);
    let said = '';
    for (const stream of [running.stdout, running.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
    }
    let highMib = 0;
    const looking = setInterval(async () => {
      const status = await readFile(`/proc/${running.pid}/status`, 'utf8').catch(() => '');
      highMib = Math.max(highMib, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
    }, 50);
    const [code] = await once(running, 'exit').finally(() => clearInterval(looking));
    assert.equal(code, 0, said);
    const written = (await readdir(output, { recursive: true })).filter((name) => name.endsWith('.dcm'));
    assert.equal(written.length, FILMS);
    context.diagnostic(`${FILMS} films of 17 MB in a zip: ${Math.round(highMib)} MiB at most`);
    assert.ok(highMib < MOST_MIB, `${highMib} MiB`);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
});

function* films(): Generator<readonly [name: string, content: Uint8Array]> {
  const values = breast();
  for (let number = 0; number < FILMS; number += 1) {
    const names = {
      ...{ SOPClassUID: '1.2.840.10008.5.1.4.1.1.1.2', SOPInstanceUID: `2.25.7.${number}`, Modality: 'MG' },
      ...{ StudyInstanceUID: '2.25.7', SeriesInstanceUID: '2.25.7.1', PatientID: 'F1', BodyPartExamined: 'BREAST' },
    };
    yield [`${number}.dcm`, buildDicom(names, { ...FILM, values })];
  }
}

/** Bright beside the chest wall, dark outside of the skin: nothing that looks like writing. */
function breast(): Uint16Array {
  const { rows, columns } = FILM;
  return Uint16Array.from({ length: rows * columns }, (_, index) => {
    const [row, column] = [Math.floor(index / columns), index % columns];
    const distance = ((row - rows / 2) / 1600) ** 2 + (column / 1500) ** 2;
    return distance < 1 ? Math.floor(2000 * (1 - distance)) : 0;
  });
}
