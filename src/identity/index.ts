export {
  createEmbeddedProvider,
  type EmbeddedProvider,
  EXAMPLE_PEOPLE,
  type ExamplePerson,
} from './embedded-provider.ts';
export { isEnrolmentCode } from './enrolment-code.ts';
export {
  type Enrolment,
  type Membership,
  newKeyText,
  openMembership,
  type Site,
  type SiteState,
  type StandingChange,
} from './membership.ts';
export { openPassports, type Passports, type VisaIssuer, type VisaRefusal } from './passport.ts';
export { openPeople, type People, type Person, type Session } from './people.ts';
export { entitledTo, type HeldPost, openPosts, type Posts } from './posts.ts';
export { type Claims, openSignIn, type SignIn } from './sign-in.ts';
export {
  type ReceivedRequest,
  type RequestHeaders,
  type SignedBody,
  signAnswer,
  signRequest,
  verifyAnswer,
} from './signed-request.ts';
export { fingerprintOf, generateKeys, loadOrCreateKeys, type SiteKeys, signText, verifyText } from './site-keys.ts';
export { type IdentityTables, identityMigrations } from './tables.ts';
