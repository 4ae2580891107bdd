import { UnicaError } from '#base';

const gate = Symbol('only this room makes a Releasable');

/** A value that disclosure control lets out of a node. A seal: whatever leaves takes this type, and only this room makes one. */
export class Releasable<Value> {
  readonly #value: Value;

  private constructor(key: symbol, value: Value) {
    if (key !== gate) throw new UnicaError('privacy.not-releasable');
    this.#value = value;
  }

  /** @internal For the rules of this room. */
  static seal<Value>(key: symbol, value: Value): Releasable<Value> {
    return new Releasable(key, value);
  }

  get value(): Value {
    return this.#value;
  }
}

/** Seals what a rule of this room has let pass. */
export function released<Value>(value: Value): Releasable<Value> {
  return Releasable.seal(gate, value);
}
