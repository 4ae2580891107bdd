/** The largest single file that is taken: pixels may take 2^32 bytes (PS3.5 section 7.1). */
export const FILE_LIMIT_BYTES = 2 ** 32 + 2 ** 28;

/** The largest one that is ever held as a whole: what is deflated, packed or a PNG. */
export const WHOLE_LIMIT_BYTES = 2 ** 31 - 1;
