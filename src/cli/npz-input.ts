import { type MedMnist, readMedMnist } from '#engine';
import { readInput } from './input-file.ts';

/** A MedMNIST file. @throws UnicaError `cli.no-file`, `engine.npz-corrupt`, `engine.npz-array-missing`. */
export async function readNpzInput(path: string): Promise<MedMnist> {
  return readMedMnist(await readInput(path));
}
