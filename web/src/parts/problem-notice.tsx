import { useTranslation } from 'react-i18next';
import { ProblemError } from '../api/problem.ts';
import { Notice } from './notice.tsx';
import { TextLink } from './router-link.tsx';
import { Told } from './told.tsx';

/** Codes of the portal's own, which no house sends: the notice itself says all there is to do. */
const OWN_CODES: readonly string[] = ['unreachable', 'not-understood'];

/** What went wrong and the next step, in the house's words or, failing these, in the portal's own. */
export function ProblemNotice({ error }: { readonly error: Error }) {
  const { t } = useTranslation();
  if (error instanceof ProblemError && error.sentence !== undefined) {
    return (
      <Notice tone="bad" title={t('problem.title')} role="alert">
        <ToldProblem sentence={error.sentence} mend={error.mend} code={error.code} />
      </Notice>
    );
  }
  const unreachable = error instanceof ProblemError && error.code === 'unreachable';
  return (
    <Notice tone="bad" title={t('problem.title')} role="alert">
      <p>{unreachable ? t('problem.unreachable') : t('problem.not-understood')}</p>
      <p>{unreachable ? t('problem.unreachable-mend') : t('problem.not-understood-mend')}</p>
      {error instanceof ProblemError ? <ProblemCode code={error.code} /> : null}
    </Notice>
  );
}

/** What a house says of a problem: what it is, what to do, and its code, as far as it said them. */
export function ToldProblem({
  sentence,
  mend,
  code,
}: {
  readonly sentence: string;
  readonly mend: string | null | undefined;
  readonly code: string | null;
}) {
  return (
    <>
      <p>
        <Told>{sentence}</Told>
      </p>
      {mend === null || mend === undefined ? null : (
        <p>
          <Told>{mend}</Told>
        </p>
      )}
      {code === null ? null : <ProblemCode code={code} />}
    </>
  );
}

/** The code, for whoever is asked about it, and the page that explains it: in a window of its own, so that nothing entered here is lost. */
export function ProblemCode({ code }: { readonly code: string }) {
  const { t } = useTranslation();
  return (
    <p className="problem-code">
      <span>
        {t('problem.code')} <code>{code}</code>
      </span>
      {OWN_CODES.includes(code) ? null : (
        <TextLink to="/errors" hash={code} target="_blank" rel="noopener" size="sm">
          {t('problem.what-to-do')}
        </TextLink>
      )}
    </p>
  );
}
