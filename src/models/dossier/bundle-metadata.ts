import { networkOf } from '#engine';
import { type DossierSource, isSynthetic, runsOf } from './dossier-source.ts';

/**
 * `metadata.json` of a MONAI bundle with its mandatory keys (MONAI Bundle Specification). There is no `model.pt`: the weights lie as
 * ONNX and safetensors beside it, and the versions of what did not make them say so.
 */
export function bundleMetadata(source: DossierSource): string {
  const { subject, version, spec, weightsSha256 } = source;
  const network = networkOf(spec);
  const tensor = (shape: readonly (number | string)[], isPicture: boolean) => ({
    type: isPicture ? 'image' : 'tuples',
    format: isPicture ? 'magnitude' : 'latent',
    modality: 'n/a',
    num_channels: isPicture ? (shape.at(-3) ?? 1) : 1,
    spatial_shape: isPicture ? shape.slice(-2) : [...shape],
    dtype: 'float32',
    value_range: [],
    is_patch_data: false,
    channel_def: { 0: isPicture ? 'grey values after the preprocessing contract' : 'numbers by place' },
  });
  const metadata = {
    version,
    monai_version: 'none: not made with MONAI',
    pytorch_version: 'none: not made with PyTorch',
    numpy_version: 'none: not made with NumPy',
    optional_packages_version: {},
    task: subject.title,
    description: subject.summary,
    authors: isSynthetic(source) ? 'UNICA' : 'the sites of the network, see training-transcript.md',
    copyright: isSynthetic(source) ? 'EUPL-1.2' : 'not recorded with the model',
    intended_use: subject.intendedUse,
    data_source: isSynthetic(source) ? 'made data' : 'sites of the network, see training-transcript.md',
    data_type: 'dicom',
    weights_sha256: weightsSha256,
    eval_metrics: Object.fromEntries(
      runsOf(source, 'evaluation').flatMap(([name, run]) =>
        run.figures.map(({ id, value }) => [`${name}/${id}`, value]),
      ),
    ),
    network_data_format: {
      inputs: Object.fromEntries(network.inputs.map(({ name, shape }) => [name, tensor(shape, shape.length >= 3)])),
      outputs: Object.fromEntries(network.outputs.map(({ name }) => [name, tensor(['*'], false)])),
    },
  };
  return `${JSON.stringify(metadata, null, 2)}\n`;
}
