import {
  type Edit,
  type Element,
  isPlainText,
  KEEP,
  plainTextOf,
  type QuickEditor,
  REMOVE,
  TAGS,
  type ValueInBytes,
} from '#dicom';
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
import { bytesRepeatKnown, FEWEST_BYTES } from './known-bytes.ts';
import type { KnownIdentifiers } from './known-identifiers.ts';
import type { DeidOptions } from './options.ts';
import { arePlainNumbers, KnownStretches } from './plain-numbers.ts';
import { isCreatorTag } from './safe-private.ts';

/** The rules that are asked where a text is seen for the first time. */
export interface QuickRules {
  readonly options: DeidOptions;
  readonly known: KnownIdentifiers;
  readonly byText: (element: Element, action: Action) => Edit;
  readonly described: (element: Element) => Edit;
  /** Writes the UID that stands for another as `writePseudonymousUid` does. */
  readonly writeUid: (
    bytes: Uint8Array,
    place: { readonly from: number; readonly to: number },
    target: Uint8Array,
  ) => number | undefined;
}

/** What is known of a tag, whatever its value. */
interface TagDecision {
  readonly vr: string;
  readonly action: Action;
  readonly how: How;
  /** What became of the last text: in the items of a sequence most are the same again. */
  text: string | undefined;
  edit: Edit;
  /** What became of others. */
  readonly edits: Map<string, Edit>;
}

/** Of a UID that was last asked for what stands for it; sequences are asked for what they hold up to twice. */
class LastUid {
  readonly #from = new Uint8Array(LONGEST_UID);
  #fromLength = 0;
  readonly #to = new Uint8Array(LONGEST_UID);
  #edit: ValueInBytes = { kind: 'bytes', bytes: this.#to, length: 0 };

  asked(bytes: Uint8Array, from: number, to: number, writeUid: QuickRules['writeUid']): ValueInBytes | undefined {
    let end = to;
    while (end > from && (bytes[end - 1] === 0 || bytes[end - 1] === SPACE)) end -= 1;
    if (this.#isLast(bytes, from, end)) return this.#edit;
    const length = writeUid(bytes, { from, to: end }, this.#to);
    this.#fromLength = 0;
    if (length === undefined) return undefined;
    for (let index = from; index < end; index += 1) this.#from[index - from] = bytes[index] as number;
    this.#fromLength = end - from;
    this.#edit = { kind: 'bytes', bytes: this.#to, length };
    return this.#edit;
  }

  #isLast(bytes: Uint8Array, from: number, end: number): boolean {
    const length = end - from;
    if (length === 0 || length !== this.#fromLength) return false;
    // UIDs of one object begin alike.
    for (let index = length - 1; index >= 0; index -= 1) if (this.#from[index] !== bytes[from + index]) return false;
    return true;
  }
}

const LONGEST_UID = 64;
const SPACE = 0x20;

/** What of a value decides; `item` where it is what stands around it, too. */
type How = 'remove' | 'uid' | 'decimals' | 'text' | 'description' | 'numbers' | 'item';

/** Tags and representations that are remembered; files with more kinds of elements are no files. */
const MOST_DECIDED = 16_384;
/** Texts that are remembered at once. */
const MOST_TEXTS = 10_000;
/** Longer ones seldom come again. */
const LONGEST_TEXT = 64;

const NOTHING = new Uint8Array(0);

/**
 * Decides on what stands in items as the editor of data sets does, but without an element of each. Where more than the tag and
 * the value decides there is no answer, and the editor looks at all of the item.
 */
export class QuickDecisions implements QuickEditor {
  readonly #rules: QuickRules;
  readonly #decisions = new Map<number, TagDecision>();
  readonly #known: KnownStretches;
  readonly #lastUid = new LastUid();
  #texts = 0;

  constructor(rules: QuickRules) {
    this.#rules = rules;
    this.#known = new KnownStretches(rules.known.identifiers);
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

  value(tag: number, vr: string, bytes: Uint8Array, from: number, to: number): Edit | ValueInBytes | undefined {
    // As a small number a tag is found without one being made for it.
    const key = tag | 0;
    let decision = this.#decisions.get(key);
    if (decision === undefined || decision.vr !== vr) {
      decision = this.#decided(tag, vr);
      if (this.#decisions.size >= MOST_DECIDED) this.#forget();
      this.#decisions.set(key, decision);
    }
    switch (decision.how) {
      case 'remove':
        return REMOVE;
      case 'uid':
        if (decision.text !== undefined && isPlainText(decision.text, bytes, from, to)) return decision.edit;
        return this.#lastUid.asked(bytes, from, to, this.#rules.writeUid) ?? this.#text(decision, tag, bytes, from, to);
      case 'decimals':
        if (arePlainNumbers(bytes, { from, to }, vr === 'IS', this.#known)) return KEEP;
        return this.#text(decision, tag, bytes, from, to);
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
    return { vr, action, how: howDecided(tag, vr, action), text: undefined, edit: KEEP, edits: new Map() };
  }

  #numbers(bytes: Uint8Array, from: number, to: number): Edit | undefined {
    if (to - from < FEWEST_BYTES) return KEEP;
    return bytesRepeatKnown(this.#rules.known, bytes.subarray(from, to)) ? undefined : KEEP;
  }

  #text(decision: TagDecision, tag: number, bytes: Uint8Array, from: number, to: number): Edit | undefined {
    const { vr, how, action } = decision;
    if (from === to) return how === 'description' ? KEEP : this.#rules.byText(emptyElement(tag, vr), action);
    if (decision.text !== undefined && isPlainText(decision.text, bytes, from, to)) return decision.edit;
    const text = plainTextOf(bytes, from, to);
    if (text === undefined) return undefined;
    const before = decision.edits.get(text);
    if (before !== undefined) {
      decision.text = text;
      decision.edit = before;
      return before;
    }
    const value = bytes.subarray(from, to);
    const element: Element = { tag, vr, value, undefinedLength: false, raw: NOTHING, plainText: () => text };
    const edit = how === 'description' ? this.#rules.described(element) : this.#rules.byText(element, action);
    // How another description is written depends on the character set.
    if (how === 'description' && edit.kind !== 'keep') return undefined;
    decision.text = text;
    decision.edit = edit;
    this.#remember(decision, text, edit);
    return edit;
  }

  #remember({ edits }: TagDecision, text: string, edit: Edit): void {
    if (text.length > LONGEST_TEXT) return;
    if (this.#texts >= MOST_TEXTS) this.#forget();
    this.#texts += 1;
    edits.set(text, edit);
  }

  #forget(): void {
    this.#decisions.clear();
    this.#texts = 0;
  }
}

function emptyElement(tag: number, vr: string): Element {
  return { tag, vr, value: NOTHING, undefinedLength: false, raw: NOTHING };
}

function howDecided(tag: number, vr: string, action: Action): How {
  if (tag === TAGS.specificCharacterSet || REPORT_TAGS.has(tag) || tag >>> 16 === PIXELS) return 'item';
  if (action === 'remove') return 'remove';
  if (action === 'uid' && vr === 'UI') return 'uid';
  if (action === 'keep' && (vr === 'DS' || vr === 'IS') && !ENUMERATED.has(tag)) return 'decimals';
  if (TEXTS.has(vr) && BY_TEXT.has(action)) return 'text';
  if (action === 'clean' && WORDED.has(vr)) return 'description';
  return action === 'keep' && vr !== 'UN' && BINARY.has(vr) && !ENUMERATED.has(tag) ? 'numbers' : 'item';
}
