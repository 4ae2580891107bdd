import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { TEXT_LANGUAGES } from './consent-texts.ts';
import { readabilityOfParts } from './readability.ts';

const YEARS = 5;

/** Figures as they stand in the sentences. */
const FIGURES: Readonly<Record<string, string>> = { of: '100', n: '3', years: String(YEARS), low: '2', high: '5' };

/** What a person reads of her risk, in the order of the page. */
const SENTENCES = ['nobody-knows', 'how', 'of', 'rest', 'figure', 'range', 'no-range', 'not-now', 'research', 'ask'];

for (const language of TEXT_LANGUAGES) {
  test(`a risk is explained as plainly as consent is asked for: ${language}`, () => {
    const form = new Intl.PluralRules(language).select(YEARS);
    const path = new URL(`../../web/src/i18n/${language}.json`, import.meta.url);
    const messages = JSON.parse(readFileSync(path, 'utf8')) as Readonly<Record<string, string>>;
    const parts = SENTENCES.map((name) =>
      (messages[`explain.${name}`] ?? messages[`explain.${name}_${form}`] ?? '').replace(
        /\{\{(\w+)\}\}/g,
        (_, figure: string) => FIGURES[figure] ?? '?',
      ),
    );
    assert.ok(parts.every((part) => part !== '' && !part.includes('?{')));
    const { isPlain, lix, mostLix, wordsPerSentence } = readabilityOfParts(language, parts);
    assert.ok(isPlain, `LIX ${lix.toFixed(1)} of ${mostLix}, ${wordsPerSentence.toFixed(1)} words a sentence`);
  });
}
