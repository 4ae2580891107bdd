import type { TFunction } from 'i18next';
import type { ElementChangeView } from '#wire';

/** Why something was done with an element, in words: the rule, and what came on top of it. */
export function ruleWords(t: TFunction, { rule, note }: Pick<ElementChangeView, 'rule' | 'note'>): string {
  // That no row asks for anything explains nothing where something was done.
  if (rule.kind === 'no-row' && note !== undefined) return t(`sample.note.${note}`);
  const because = note === undefined ? [] : [t(`sample.note.${note}`)];
  return [ofRule(t, rule), ...because].join(' ');
}

function ofRule(t: TFunction, { kind, basic, option, code }: ElementChangeView['rule']): string {
  if (kind !== 'row') return t(`sample.rule.${kind}`);
  if (option === undefined) return t('sample.rule.row', { basic });
  return t('sample.rule.row-option', { basic, code, option: t(`sample.option.${option}`) });
}
