import { useEffect } from 'react';
import type { KitLanguage, KitMaterial } from '#wire';

/** Tells the hub that a material was used once more: which, in which language, how; nothing about who. What fails is not counted. */
export function countKitUse(use: 'view' | 'print' | 'copy', material: KitMaterial, language: KitLanguage): void {
  void fetch('/api/kit/uses', {
    method: 'POST',
    // Neither cookie nor address of the page goes with it.
    credentials: 'omit',
    referrerPolicy: 'no-referrer',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ material, language, use }),
  }).catch(() => undefined);
}

/** Counts a look once a visit and language, and each time that the page is sent to a printer. */
export function useKitCount(material: KitMaterial, language: KitLanguage): void {
  useEffect(() => {
    countKitUse('view', material, language);
  }, [material, language]);
  useEffect(() => {
    const printed = () => countKitUse('print', material, language);
    window.addEventListener('beforeprint', printed);
    return () => window.removeEventListener('beforeprint', printed);
  }, [material, language]);
}
