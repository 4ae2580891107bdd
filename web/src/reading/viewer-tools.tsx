import {
  IconArrowsMove,
  IconBrain,
  IconColumns2,
  IconColumns3,
  IconContrast2,
  IconFocus2,
  IconHelp,
  IconLayoutGrid,
  IconLayoutRows,
  IconLink,
  IconMaximize,
  IconRefresh,
  IconRulerMeasure,
  IconSquare,
  IconSunHigh,
  IconZoomIn,
  IconZoomScan,
} from '@tabler/icons-react';
import type { ComponentType } from 'react';
import { useTranslation } from 'react-i18next';
import type { ReadingTask } from '#wire';
import type { MessageKey } from '../i18n/message-key.ts';
import type { ReadWindow } from './film-window.ts';
import type { Layout } from './hanging.ts';
import type { ViewerAct } from './viewer-keys.ts';
import type { ViewerState } from './viewer-state.ts';

interface ViewerToolsProps {
  readonly state: ViewerState;
  readonly layouts: readonly Layout[];
  readonly task: ReadingTask;
  readonly windows: readonly ReadWindow[];
  readonly canMark: boolean;
  readonly onState: (state: ViewerState) => void;
  readonly onAct: (act: ViewerAct) => void;
}

type Icon = ComponentType<{ size?: number; stroke?: number; 'aria-hidden'?: boolean }>;

const LAYOUT_ICONS: Readonly<Record<Layout, Icon>> = {
  all: IconLayoutGrid,
  priors: IconColumns3,
  first: IconColumns2,
  second: IconLayoutRows,
  single: IconSquare,
};

/** The tools above the films; each has a key, which its hint tells. */
export function ViewerTools({ state, layouts, task, windows, canMark, onState, onAct }: ViewerToolsProps) {
  const { t } = useTranslation();
  const tool = (act: ViewerAct, icon: Icon, key: string, label: MessageKey, isOn?: boolean) => (
    <ToolButton key={act} icon={icon} label={`${t(label)} (${key})`} isOn={isOn} onClick={() => onAct(act)} />
  );
  return (
    <div className="reader-tools" role="toolbar" aria-label={t('reading.tools')}>
      <div className="tool-group">
        {layouts.map((layout) => (
          <ToolButton
            key={layout}
            icon={LAYOUT_ICONS[layout]}
            label={`${t(`reading.layout.${task}.${layout}`)} (${['all', 'priors', 'first', 'second', 'single'].indexOf(layout) + 1})`}
            isOn={state.layout === layout}
            onClick={() => onAct(`layout-${layout}`)}
          />
        ))}
      </div>
      <div className="tool-group">
        {tool('window', IconSunHigh, 'W', 'reading.tool.window', state.tool === 'window')}
        {tool('pan', IconArrowsMove, 'G', 'reading.tool.pan', state.tool === 'pan')}
        {tool('zoom-tool', IconZoomIn, 'Z', 'reading.tool.zoom-tool', state.tool === 'zoom')}
        {tool('measure', IconRulerMeasure, 'D', 'reading.tool.measure', state.tool === 'measure')}
        {canMark ? tool('mark', IconFocus2, 'K', 'reading.tool.mark', state.tool === 'mark') : null}
      </div>
      <div className="tool-group">
        <label className="tool-preset">
          <span className="visually-hidden">{t('reading.preset')} (P)</span>
          <select
            value={String(state.preset)}
            onChange={({ currentTarget: { value } }) =>
              onState({ ...state, preset: value === 'automatic' ? 'automatic' : Number(value), changes: {} })
            }
          >
            {(windows.length === 0 ? [undefined] : windows).map((window, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a window is known by its number in the file.
              <option key={at} value={at}>
                {window === undefined || window.name === '' ? t('reading.preset-file', { n: at + 1 }) : window.name}
              </option>
            ))}
            <option value="automatic">{t('reading.preset-automatic')}</option>
          </select>
        </label>
        {tool('invert', IconContrast2, 'I', 'reading.tool.invert', state.inverted)}
        {tool('magnifier', IconZoomScan, 'M', 'reading.tool.magnifier', state.magnifier)}
        {tool('link', IconLink, 'L', 'reading.tool.link', state.linked)}
        {tool('reset', IconRefresh, 'R', 'reading.tool.reset')}
        {tool('full-screen', IconMaximize, 'F', 'reading.tool.full-screen')}
      </div>
      <div className="tool-group tool-end">
        {tool('opinion', IconBrain, 'O', 'reading.tool.opinion')}
        {tool('help', IconHelp, '?', 'reading.tool.help')}
      </div>
    </div>
  );
}

function ToolButton(props: {
  readonly icon: Icon;
  readonly label: string;
  readonly isOn?: boolean | undefined;
  readonly onClick: () => void;
}) {
  const { icon: Icon, label, isOn, onClick } = props;
  return (
    <button
      type="button"
      className="tool"
      title={label}
      aria-label={label}
      {...(isOn === undefined ? {} : { 'aria-pressed': isOn })}
      onClick={onClick}
    >
      <Icon size={20} stroke={1.7} aria-hidden />
    </button>
  );
}
