import type { Finding } from '#wire';

/** Who has to do something, as it is said to whoever stands at the terminal of a node or hub. */
export const WHOSE_TURN: Readonly<Record<NonNullable<Finding['mender']>, string>> = {
  operator: 'you',
  it: "your hospital's IT",
  coordinator: "the network's coordinator",
  'data-protection': 'your data protection officer',
  helpdesk: 'the helpdesk',
};
