import { ERROR_TABLE, type ErrorCode } from '#base';
import type { Mender } from '#wire';

/** Where another than the family of a code says is the one to ask. */
const BY_CODE: Partial<Readonly<Record<ErrorCode, Mender>>> = {
  'checkup.program-old': 'it',
  'checkup.folder-unwritable': 'it',
  'checkup.not-a-hub': 'it',
  'checkup.not-encrypted': 'coordinator',
  'checkup.certificate-soon': 'coordinator',
  'checkup.certificate-expired': 'coordinator',
  'node.dossier-incomplete': 'data-protection',
  'node.hub-forged': 'it',
  'identity.unknown-site': 'coordinator',
  'identity.pending': 'coordinator',
  'identity.suspended': 'coordinator',
  'identity.ejected': 'coordinator',
  'identity.clock': 'it',
  'hub.wire-version': 'operator',
};

const BY_FAMILY = { user: 'operator', surroundings: 'it', bug: 'helpdesk' } as const;

/** Who can mend a failure of this code. */
export function menderOf(code: ErrorCode): Mender {
  return BY_CODE[code] ?? BY_FAMILY[ERROR_TABLE[code].family];
}
