export { accessMismatches, type Mismatch, type TriedCaller } from './access-matrix.ts';
export { type Access, ANONYMOUS, allows, type Caller, checkAccess } from './caller.ts';
export { type FlatSettings, type HouseSettings, readHouseSettings, type SignInSettings } from './house-settings.ts';
export { houseSignIn, publicUrlOf } from './house-sign-in.ts';
export { type Identify, identifyBy, SESSION_COOKIE } from './identify.ts';
export { type Problem, problemOf } from './problem.ts';
export { type AnyRoute, type Call, type Route, route, type StreamEvent, type StreamReply } from './route.ts';
export { createServer, type HouseServer, listen, type ServerOptions } from './server.ts';
export { sessionRoute } from './sign-in-routes.ts';
