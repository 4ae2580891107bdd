const STORAGE_KEY = 'unica-help-key';
/** Where a key is typed, or moves something. */
const FIELDS = 'input, select, textarea, [contenteditable="true"], [role="slider"], [role="textbox"]';

/** Whether the key `?` opens the help; a key without Ctrl or Alt must be possible to switch off (WCAG 2.1.4). */
export function isKeyOn(): boolean {
  try {
    return localStorage.getItem(STORAGE_KEY) !== 'off';
  } catch {
    return true;
  }
}

/** Remembers on this device whether the key opens the help. */
export function keepKey(isOn: boolean): void {
  try {
    if (isOn) localStorage.removeItem(STORAGE_KEY);
    else localStorage.setItem(STORAGE_KEY, 'off');
  } catch {
    // Storage can be switched off; the choice then lasts for this page.
  }
}

/** A press of `?` that nobody else has a use for: not in a field, not over a dialog, and by no part of the page. */
export function isHelpKey(event: KeyboardEvent): boolean {
  if (event.key !== '?' || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return false;
  if (event.target instanceof Element && event.target.closest(FIELDS) !== null) return false;
  return document.querySelector('[aria-modal="true"], [role="menu"]') === null;
}
