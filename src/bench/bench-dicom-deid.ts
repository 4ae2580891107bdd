import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SeededRandom, UnicaError } from '#base';
import { type Attributes, buildDicom } from '#dicom';
import { deidentifyFolder } from '#intake';
import { type Measurement, median } from './measurement.ts';
import { secondsOfChildren, TIMED_BY_SHELL } from './processor-time.ts';

/** How much is done, and where. */
export interface DicomDeidBench {
  readonly files?: number;
  /** Turns of each side, one after the other. */
  readonly turns?: number;
  /** Where the files lie; the folder for temporary files unless told. */
  readonly folder?: string;
}

/** What a tool of GDCM or DCMTK does to five elements; a whole profile is more work. */
const FIVE_TAGS = ['0010,0010', '0010,0030', '0008,0090', '0008,0080', '0010,1040'] as const;

/** Seconds of one turn. */
interface Turn {
  readonly wall: number;
  readonly cpu: number;
}

interface Workload {
  readonly name: string;
  readonly files: number;
  readonly make: (number: number) => Uint8Array;
}

/**
 * De-identification of a folder with the full profile, beside `gdcmanon --dumb` that takes five elements out of the same
 * files and `dcmodify` that empties them in place: files per second by the clock and by processor time. Slices of CT (half
 * a megabyte, nearly all of it pixels) and objects with a megabyte of metadata.
 */
export async function* benchDicomDeid(options: DicomDeidBench = {}): AsyncGenerator<Measurement> {
  const { files = 1500, turns = 5 } = options;
  const folder = await mkdtemp(join(options.folder ?? tmpdir(), 'unica-bench-'));
  try {
    const workloads: readonly Workload[] = [
      { name: 'slices of 0.5 MB', files, make: slice },
      { name: 'objects with 1 MB of metadata', files: Math.ceil(files / 50), make: heavyObject },
    ];
    for (const workload of workloads)
      yield* compared(workload, turns, join(folder, workload.name.replaceAll(' ', '-')));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function* compared({ name, files, make }: Workload, turns: number, folder: string): AsyncGenerator<Measurement> {
  const input = join(folder, 'in');
  await mkdir(input, { recursive: true });
  const paths = Array.from({ length: files }, (_, number) => join(input, `${number}.dcm`));
  for (const [number, path] of paths.entries()) await writeFile(path, make(number));
  const tools = TOOLS.filter(({ program }) => spawnSync(program, ['--version']).error === undefined);
  const ours: Turn[] = [];
  const theirs = new Map<string, Turn[]>(tools.map((tool) => [tool.name, []]));
  for (let turn = 0; turn <= turns; turn += 1) {
    // Warm: everybody reads from the same pages in memory.
    for (const path of paths) await readFile(path);
    const output = join(folder, `turn-${turn}`);
    const own = await cleaned(input, join(output, 'ours'), files);
    // The first turn warms up both sides.
    if (turn > 0) ours.push(own);
    for (const tool of tools) {
      const other = await tool.run(input, join(output, tool.program), paths);
      if (turn > 0) theirs.get(tool.name)?.push(other);
    }
    await forgotten(output);
  }
  for (const { name: tool } of TOOLS) {
    const others = theirs.get(tool);
    for (const clock of ['wall', 'cpu'] as const) {
      const value = files / median(ours.map((turn) => turn[clock]));
      const other = others === undefined ? null : files / median(others.map((turn) => turn[clock]));
      const ratios = others?.map((turn, index) => turn[clock] / (ours[index]?.[clock] ?? Number.NaN));
      yield {
        name: `de-identify ${name}, ${clock === 'wall' ? 'by the clock' : 'by processor time'}`,
        value: Math.round(value),
        unit: 'files/s',
        reference: others === undefined ? `${tool}, absent` : tool,
        reference_value: other === null ? null : Math.round(other),
        ratio: ratios === undefined ? null : Math.round(100 * median(ratios)) / 100,
      };
    }
  }
}

/** ext4 looks past each inode freed within these seconds for one to give out; what made files next would pay for it. */
const RECENTLY_MS = 6000;

/** Takes a turn's files away, and waits until the file system has forgotten that they were there. */
async function forgotten(output: string): Promise<void> {
  await rm(output, { recursive: true, force: true });
  spawnSync('sync');
  await new Promise((resolve) => setTimeout(resolve, RECENTLY_MS));
}

async function cleaned(input: string, output: string, files: number): Promise<Turn> {
  const before = process.cpuUsage();
  const began = performance.now();
  const report = await deidentifyFolder(input, output, { siteId: 'bench', secret: new Uint8Array(32).fill(5) });
  const wall = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(before);
  if (report.written !== files) throw new UnicaError('bench.peer-ended', { peer: 'our own de-identification' });
  return { wall, cpu: (user + system) / 1e6 };
}

const TOOLS = [
  {
    name: 'gdcmanon --dumb, five elements removed',
    program: 'gdcmanon',
    async run(input: string, output: string): Promise<Turn> {
      await mkdir(output, { recursive: true });
      const removed = FIVE_TAGS.flatMap((tag) => ['--remove', tag]);
      return timed('gdcmanon', ['--dumb', ...removed, '-r', '-i', input, '-o', output]);
    },
  },
  {
    name: 'dcmodify, five elements emptied in place',
    program: 'dcmodify',
    async run(input: string, output: string, paths: readonly string[]): Promise<Turn> {
      await cp(input, output, { recursive: true });
      const emptied = FIVE_TAGS.flatMap((tag) => ['-ma', `(${tag})=`]);
      const copies = paths.map((path) => join(output, path.slice(input.length + 1)));
      return timed('dcmodify', ['-nb', '-imt', ...emptied, ...copies]);
    },
  },
] as const;

/** Runs a program by the shell, which knows what its children used. */
function timed(program: string, options: readonly string[]): Turn {
  const began = performance.now();
  const { status, stdout } = spawnSync('sh', [...TIMED_BY_SHELL, program, ...options], {
    encoding: 'utf8',
  });
  const wall = (performance.now() - began) / 1000;
  if (status !== 0) throw new UnicaError('bench.peer-ended', { peer: program });
  return { wall, cpu: secondsOfChildren(stdout) };
}

const random = new SeededRandom('bench dicom');
const NOISE = Uint16Array.from({ length: 512 * 512 }, () => random.below(4096));

function slice(number: number): Uint8Array {
  return buildDicom(attributesOf(number), {
    ...{ rows: 512, columns: 512, values: NOISE, bitsStored: 12, photometricInterpretation: 'MONOCHROME2' },
  });
}

/** As enhanced objects have it: a thousand frames' functional groups. */
function heavyObject(number: number): Uint8Array {
  const groups = Array.from({ length: 2600 }, (_, frame) => ({
    FrameContentSequence: [
      {
        FrameAcquisitionNumber: frame,
        FrameReferenceDateTime: '20200102101112',
        StackID: '1',
        InStackPositionNumber: frame,
      },
    ],
    PlanePositionSequence: [{ ImagePositionPatient: ['-120.5', '-98.25', `${frame / 2}`] }],
    DerivationImageSequence: [
      {
        DerivationDescription: 'slice of a volume',
        SourceImageSequence: [
          { ReferencedSOPClassUID: CT, ReferencedSOPInstanceUID: `1.2.826.0.1.${number}.${frame}` },
        ],
      },
    ],
  }));
  return buildDicom(
    { ...attributesOf(number), PerFrameFunctionalGroupsSequence: groups },
    { rows: 64, columns: 64, values: NOISE.slice(0, 4096), bitsStored: 12, photometricInterpretation: 'MONOCHROME2' },
  );
}

const CT = '1.2.840.10008.5.1.4.1.1.2';

function attributesOf(number: number): Attributes {
  const uid = (kind: number, index: number): string => `1.2.826.0.1.3680043.${kind}.${index}`;
  const study = Math.floor(number / 100);
  return {
    ...{
      SOPClassUID: CT,
      SOPInstanceUID: uid(1, number),
      StudyInstanceUID: uid(2, study),
      SeriesInstanceUID: uid(3, study),
    },
    ...{ FrameOfReferenceUID: uid(4, study), PatientName: `Fictitious^Person ${study}`, PatientID: `F${study}` },
    ...{ PatientBirthDate: '19510304', PatientSex: 'F', PatientAge: '069Y', PatientAddress: 'Nowhere 1' },
    ...{ StudyDate: '20200102', SeriesDate: '20200102', AcquisitionDate: '20200102', ContentDate: '20200102' },
    ...{ StudyTime: '101112', SeriesTime: '101113', AcquisitionTime: '101114', ContentTime: '101115' },
    ...{
      AccessionNumber: `A${study}`,
      StudyID: `${study}`,
      InstitutionName: 'No Hospital',
      ReferringPhysicianName: 'Nobody^A',
    },
    ...{ Modality: 'CT', BodyPartExamined: 'CHEST', StudyDescription: 'CT Thorax', SeriesDescription: 'Lung 5mm' },
    ...{
      Manufacturer: 'None',
      StationName: 'CT1',
      ProtocolName: 'Thorax',
      KVP: 120,
      SliceThickness: 5,
      XRayTubeCurrent: 200,
    },
    ...{ SeriesNumber: 2, InstanceNumber: number, AcquisitionNumber: 1, ImageType: ['ORIGINAL', 'PRIMARY', 'AXIAL'] },
    ...{
      ImagePositionPatient: ['-120.5', '-98.25', `${number}`],
      ImageOrientationPatient: ['1', '0', '0', '0', '1', '0'],
    },
    ...{ PixelSpacing: ['0.7', '0.7'], WindowCenter: 40, WindowWidth: 400, RescaleIntercept: -1024, RescaleSlope: 1 },
    RequestAttributesSequence: [{ RequestedProcedureID: `R${study}`, ScheduledProcedureStepID: `S${study}` }],
    ReferencedStudySequence: [{ ReferencedSOPClassUID: CT, ReferencedSOPInstanceUID: uid(5, study) }],
    '0009,0010 LO': 'NOBODY 1.0',
    '0009,1001 LO': 'private text',
    '0009,1002 OB': new Uint8Array(512),
  };
}
