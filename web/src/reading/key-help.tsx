import { useTranslation } from 'react-i18next';
import type { ReadingTask } from '#wire';
import { KEY_HELP } from './viewer-keys.ts';

/** Acts that have a tool, by whose name they are known. */
const TOOLS: ReadonlySet<string> = new Set([
  'window',
  'pan',
  'zoom-tool',
  'measure',
  'mark',
  'invert',
  'magnifier',
  'link',
  'reset',
  'full-screen',
  'opinion',
  'help',
]);

/** Every key of the viewer. */
export function KeyHelp({ task }: { readonly task: ReadingTask }) {
  const { t } = useTranslation();
  return (
    <>
      <p className="prose quiet">{t('reading.help-lead')}</p>
      <dl className="key-help">
        {KEY_HELP.map(([keys, act]) => (
          <div key={act}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>
              {act.startsWith('layout-')
                ? t(`reading.layout.${task}.${act.slice('layout-'.length) as 'all'}`)
                : TOOLS.has(act)
                  ? t(`reading.tool.${act as 'mark'}`)
                  : t(`reading.key.${act as 'left'}`)}
            </dd>
          </div>
        ))}
      </dl>
      <p className="prose quiet">{t('reading.help-pointer')}</p>
    </>
  );
}
