import { storageSopClassUids } from '#vocab';

/** C-ECHO (PS3.4 annex A.4). */
export const VERIFICATION_SOP_CLASS = '1.2.840.10008.1.1';

/** Retired from PS3.4, but still sent by devices in use. */
const RETIRED: readonly string[] = [
  // Ultrasound Multi-frame Image Storage, Ultrasound Image Storage
  '1.2.840.10008.5.1.4.1.1.3',
  '1.2.840.10008.5.1.4.1.1.6',
  // Nuclear Medicine Image Storage
  '1.2.840.10008.5.1.4.1.1.5',
  // Standalone Overlay, Curve, Modality LUT and VOI LUT Storage
  '1.2.840.10008.5.1.4.1.1.8',
  '1.2.840.10008.5.1.4.1.1.9',
  '1.2.840.10008.5.1.4.1.1.10',
  '1.2.840.10008.5.1.4.1.1.11',
  // X-Ray Angiographic Bi-plane Image Storage
  '1.2.840.10008.5.1.4.1.1.12.3',
  // VL Image Storage, VL Multi-frame Image Storage
  '1.2.840.10008.5.1.4.1.1.77.1',
  '1.2.840.10008.5.1.4.1.1.77.2',
  // Text, Audio, Detail and Comprehensive SR Storage (trial)
  '1.2.840.10008.5.1.4.1.1.88.1',
  '1.2.840.10008.5.1.4.1.1.88.2',
  '1.2.840.10008.5.1.4.1.1.88.3',
  '1.2.840.10008.5.1.4.1.1.88.4',
];

/** Every class of objects that is received: all of PS3.4, and retired ones that devices still send. */
export const STORAGE_SOP_CLASSES: readonly string[] = [...storageSopClassUids(), ...RETIRED];

/** What is asked for by C-GET unless told otherwise: the classes of screening and of its reports. */
export const RETRIEVED_SOP_CLASSES: readonly string[] = [
  // CR, DX and MG for presentation and processing
  '1.2.840.10008.5.1.4.1.1.1',
  '1.2.840.10008.5.1.4.1.1.1.1',
  '1.2.840.10008.5.1.4.1.1.1.1.1',
  '1.2.840.10008.5.1.4.1.1.1.2',
  '1.2.840.10008.5.1.4.1.1.1.2.1',
  // Breast tomosynthesis
  '1.2.840.10008.5.1.4.1.1.13.1.3',
  // CT, MR, PET and their enhanced forms
  '1.2.840.10008.5.1.4.1.1.2',
  '1.2.840.10008.5.1.4.1.1.2.1',
  '1.2.840.10008.5.1.4.1.1.4',
  '1.2.840.10008.5.1.4.1.1.4.1',
  '1.2.840.10008.5.1.4.1.1.128',
  '1.2.840.10008.5.1.4.1.1.130',
  // Ultrasound, secondary capture, segmentation
  '1.2.840.10008.5.1.4.1.1.3.1',
  '1.2.840.10008.5.1.4.1.1.6.1',
  '1.2.840.10008.5.1.4.1.1.7',
  '1.2.840.10008.5.1.4.1.1.66.4',
  // Structured reports, mammography CAD, key objects, dose
  '1.2.840.10008.5.1.4.1.1.88.11',
  '1.2.840.10008.5.1.4.1.1.88.22',
  '1.2.840.10008.5.1.4.1.1.88.33',
  '1.2.840.10008.5.1.4.1.1.88.50',
  '1.2.840.10008.5.1.4.1.1.88.59',
  '1.2.840.10008.5.1.4.1.1.88.67',
];
