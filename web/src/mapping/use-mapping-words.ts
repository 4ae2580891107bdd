import { useTranslation } from 'react-i18next';
import type { MessageKey } from '../i18n/message-key.ts';

/** Words for what is wrong with a cell or a table; a code without a word here is shown as it came. */
export function useMappingWords() {
  const { t, i18n } = useTranslation();
  const word = (key: string, code: string) => (i18n.exists(key) ? t(key as MessageKey) : code);
  return {
    problem: (code: string) => word(`mapping.problem.${code}`, code),
    /** What to do about it. */
    mend: (code: string) => word(`mapping.mend.${code}`, ''),
  };
}
