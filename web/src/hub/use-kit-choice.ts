import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isLanguage, type Language } from '../i18n/languages.ts';

/** Language and partner of the kit that is looked at, as the address has them. */
export interface KitChoice {
  readonly language: Language;
  /** Empty: the network alone. */
  readonly partner: string;
}

/** The choice, first from the address, else the language of the portal; a change is written into the address, so that it can be handed on. */
export function useKitChoice(): readonly [KitChoice, (choice: KitChoice) => void] {
  const { i18n } = useTranslation();
  const [chosen, setChosen] = useState(() => new URLSearchParams(window.location.search));
  const wished = chosen.get('language') ?? i18n.language;
  const choice = { language: isLanguage(wished) ? wished : 'en', partner: chosen.get('partner') ?? '' } as const;
  return [
    choice,
    (next) => {
      const address = kitAddress(next);
      window.history.replaceState(window.history.state, '', `${window.location.pathname}${address}`);
      setChosen(new URLSearchParams(address));
    },
  ];
}

/** The choice as the end of an address. */
export function kitAddress({ language, partner }: KitChoice): string {
  return `?${new URLSearchParams({ language, ...(partner === '' ? {} : { partner }) }).toString()}`;
}
