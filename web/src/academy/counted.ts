const STORAGE_KEY = 'unica-academy-counted';

/** False where a house has counted the person at this browser before: by a certificate or in a course. */
export function isFirst(): boolean {
  try {
    return localStorage.getItem(STORAGE_KEY) === null;
  } catch {
    return true;
  }
}

/** From now on the person at this browser is counted. */
export function rememberCounted(): void {
  try {
    localStorage.setItem(STORAGE_KEY, 'yes');
  } catch {
    // Storage can be switched off.
  }
}
