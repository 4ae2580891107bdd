import { useTranslation } from 'react-i18next';
import type { MessageKey } from './message-key.ts';

/** Words for codes that houses send; a code without a word here is shown as it came. */
export function useCodeWords() {
  const { t, i18n } = useTranslation();
  const word = (key: string, code: string) => (i18n.exists(key) ? t(key as MessageKey) : code);
  return {
    /** DICOM modality. */
    modality: (code: string) => word(`modality.${code}`, code),
    sex: (code: string) => word(`sex.${code}`, code),
    /** Data-use condition, DUO (as `DUO:0000042` or `DUO_0000042`) or EUCAIM. */
    condition: (code: string) => word(`condition.${code.replace(/^DUO_/, 'DUO:')}`, code),
    /** Kind of a message in the ledger of what left. */
    outgoing: (kind: string) => word(`outgoing.kind.${kind}`, kind),
    finding: (label: string) => word(`finding.${label}`, label),
  };
}
