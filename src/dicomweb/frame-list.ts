import { UnicaError } from '#base';

/** Numbers of a frame list such as `1,3,4`, from 1. @throws UnicaError `http.invalid-input`, `http.not-found`. */
export function parseFrameList(text: string, count: number): readonly number[] {
  if (!/^\d{1,8}(,\d{1,8})*$/.test(text)) {
    throw new UnicaError('http.invalid-input', { where: 'frames', problem: 'it is not a list of numbers' });
  }
  const numbers = text.split(',').map(Number);
  if (numbers.some((number) => number < 1 || number > count)) {
    throw new UnicaError('http.not-found', { what: 'frame of that number' });
  }
  return numbers;
}
