export { type MaskedRound, masksOfSum, unmaskSum } from './hub-sum.ts';
export { addNumbers, bytesOfNumbers, type Mask, MaskStream } from './mask-stream.ts';
export {
  beginSum,
  dealShares,
  isAdvertOf,
  isSurvivorsSignatureOf,
  maskNumbers,
  type OpenedSum,
  openSum,
  type SiteSum,
  signSurvivors,
  sumThreshold,
} from './site-sum.ts';
export { SumRig } from './sum-rig.ts';
