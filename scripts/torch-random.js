/** PyTorch's generator of chance (MT19937), as far as first weights and the order of people are drawn from it: `torch.manual_seed(seed)`. */
export class TorchRandom {
  constructor(seed) {
    this.state = new Uint32Array(624);
    this.state[0] = seed;
    for (let at = 1; at < 624; at += 1) {
      const before = this.state[at - 1];
      this.state[at] = Math.imul(1_812_433_253, before ^ (before >>> 30)) + at;
    }
    this.at = 624;
  }
  bits() {
    const { state } = this;
    if (this.at === 624) {
      for (let at = 0; at < 624; at += 1) {
        const both = (state[at] & 0x80000000) | (state[(at + 1) % 624] & 0x7fffffff);
        state[at] = state[(at + 397) % 624] ^ (both >>> 1) ^ (both & 1 ? 0x9908b0df : 0);
      }
      this.at = 0;
    }
    let bits = state[this.at];
    this.at += 1;
    bits ^= bits >>> 11;
    bits ^= (bits << 7) & 0x9d2c5680;
    bits ^= (bits << 15) & 0xefc60000;
    return (bits ^ (bits >>> 18)) >>> 0;
  }
  between(low, high) {
    return Math.fround(((this.bits() & 0xffffff) / 2 ** 24) * (high - low) + low);
  }
  /** Of 64 bits the lower half, which is all that a generator is begun with. */
  seed() {
    this.bits();
    return this.bits();
  }
  /** The order of a loader's next epoch: it draws a seed for itself, then one for the order. */
  permutation(count) {
    this.seed();
    const random = new TorchRandom(this.seed());
    const order = Uint32Array.from({ length: count }, (_, at) => at);
    for (let at = 0; at < count - 1; at += 1) {
      const other = at + (random.bits() % (count - at));
      [order[at], order[other]] = [order[other], order[at]];
    }
    return order;
  }
}
