import { useTranslation } from 'react-i18next';
import { ProblemError } from '../api/problem.ts';
import { Notice } from './notice.tsx';

/** What went wrong and the next step, in the house's words (English) or, failing these, in the portal's own. */
export function ProblemNotice({ error }: { readonly error: Error }) {
  const { t } = useTranslation();
  if (error instanceof ProblemError && error.sentence !== undefined) {
    return (
      <Notice tone="bad" title={t('problem.title')} role="alert">
        <p lang="en">{error.sentence}</p>
        {error.mend === undefined ? null : <p lang="en">{error.mend}</p>}
      </Notice>
    );
  }
  const unreachable = error instanceof ProblemError && error.code === 'unreachable';
  return (
    <Notice tone="bad" title={t('problem.title')} role="alert">
      <p>{unreachable ? t('problem.unreachable') : t('problem.not-understood')}</p>
      <p>{unreachable ? t('problem.unreachable-mend') : t('problem.not-understood-mend')}</p>
    </Notice>
  );
}
