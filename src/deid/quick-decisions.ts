import { type Edit, type Element, KEEP, plainTextOf, type QuickEditor, REMOVE, TAGS } from '#dicom';
import { type Action, actionOf } from './action.ts';
import {
  BINARY,
  BY_TEXT,
  ENUMERATED,
  PIXELS,
  REPORT_TAGS,
  TEXTS,
  VERIFICATION_FLAG,
  VERIFYING_OBSERVERS,
  WORDED,
} from './kinds-of-values.ts';
import { bytesRepeatKnown, FEWEST_BYTES, type KnownIdentifiers } from './known-identifiers.ts';
import type { DeidOptions } from './options.ts';
import { isCreatorTag } from './safe-private.ts';

/** The rules that are asked where a text is seen for the first time. */
export interface QuickRules {
  readonly options: DeidOptions;
  readonly known: KnownIdentifiers;
  readonly byText: (element: Element, action: Action) => Edit;
  readonly described: (element: Element) => Edit;
}

/** What is known of a tag, whatever its value. */
interface TagDecision {
  readonly vr: string;
  readonly action: Action;
  readonly how: How;
  /** What became of the last text: in the items of a sequence most are the same again. */
  text: string | undefined;
  edit: Edit;
}

/** What of a value decides; `item` where it is what stands around it, too. */
type How = 'remove' | 'text' | 'description' | 'numbers' | 'item';

/** Tags and representations that are remembered; files with more kinds of elements are no files. */
const MOST_DECIDED = 16_384;

const NOTHING = new Uint8Array(0);

/**
 * Decides on what stands in items as the editor of data sets does, but without an element of each. Where more than the tag and
 * the value decides there is no answer, and the editor looks at all of the item.
 */
export class QuickDecisions implements QuickEditor {
  readonly #rules: QuickRules;
  readonly #decisions = new Map<number, TagDecision>();

  constructor(rules: QuickRules) {
    this.#rules = rules;
  }

  sequence(tag: number, vr: string): Edit | undefined {
    if (tag === VERIFYING_OBSERVERS) return REMOVE;
    if (tag === VERIFICATION_FLAG || tag >>> 16 === PIXELS) return undefined;
    switch (actionOf(tag, vr, this.#rules.options)) {
      case 'keep':
      case 'clean':
        return KEEP;
      case 'remove':
        return REMOVE;
      case 'safe-private':
        // No private sequence is known to be safe.
        return isCreatorTag(tag) ? undefined : REMOVE;
      default:
        return undefined;
    }
  }

  value(tag: number, vr: string, bytes: Uint8Array, from: number, to: number): Edit | undefined {
    // As a small number a tag is found without one being made for it.
    const key = tag | 0;
    let decision = this.#decisions.get(key);
    if (decision === undefined || decision.vr !== vr) {
      decision = this.#decided(tag, vr);
      if (this.#decisions.size >= MOST_DECIDED) this.#decisions.clear();
      this.#decisions.set(key, decision);
    }
    switch (decision.how) {
      case 'remove':
        return REMOVE;
      case 'numbers':
        return this.#numbers(bytes, from, to);
      case 'text':
      case 'description':
        return this.#text(decision, tag, bytes, from, to);
      case 'item':
        return undefined;
    }
  }

  #decided(tag: number, vr: string): TagDecision {
    const action = actionOf(tag, vr, this.#rules.options);
    return { vr, action, how: howDecided(tag, vr, action), text: undefined, edit: KEEP };
  }

  #numbers(bytes: Uint8Array, from: number, to: number): Edit | undefined {
    if (to - from < FEWEST_BYTES) return KEEP;
    return bytesRepeatKnown(this.#rules.known, bytes.subarray(from, to)) ? undefined : KEEP;
  }

  #text(decision: TagDecision, tag: number, bytes: Uint8Array, from: number, to: number): Edit | undefined {
    const { vr, how, action } = decision;
    if (from === to) return how === 'text' ? this.#rules.byText(emptyElement(tag, vr), action) : undefined;
    const text = plainTextOf(bytes, from, to);
    if (text === undefined) return undefined;
    if (decision.text === text) return decision.edit;
    const value = bytes.subarray(from, to);
    const element: Element = { tag, vr, value, undefinedLength: false, raw: NOTHING, plainText: () => text };
    const edit = how === 'text' ? this.#rules.byText(element, action) : this.#rules.described(element);
    // How another description is written depends on the character set.
    if (how === 'description' && edit.kind !== 'keep') return undefined;
    decision.text = text;
    decision.edit = edit;
    return edit;
  }
}

function emptyElement(tag: number, vr: string): Element {
  return { tag, vr, value: NOTHING, undefinedLength: false, raw: NOTHING };
}

function howDecided(tag: number, vr: string, action: Action): How {
  if (tag === TAGS.specificCharacterSet || REPORT_TAGS.has(tag) || tag >>> 16 === PIXELS) return 'item';
  if (action === 'remove') return 'remove';
  if (TEXTS.has(vr) && BY_TEXT.has(action)) return 'text';
  if (action === 'clean' && WORDED.has(vr)) return 'description';
  return action === 'keep' && vr !== 'UN' && BINARY.has(vr) && !ENUMERATED.has(tag) ? 'numbers' : 'item';
}
