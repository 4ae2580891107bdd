import { isExamSpec, isLinearCoxSpec, isNoduleSpec, type ModelSpec } from '#engine';

/** What a model is for and what it is not for, in words that do not depend on any run. */
export interface DossierSubject {
  readonly name: string;
  readonly title: string;
  readonly tags: readonly string[];
  /** Task of a catalogue of models (Hugging Face). */
  readonly pipelineTag: string;
  readonly summary: string;
  readonly intendedUse: string;
  readonly users: string;
  readonly howToUse: string;
  readonly population: string;
  readonly outOfScope: readonly string[];
  readonly risks: readonly string[];
  readonly biases: readonly string[];
  readonly inputs: string;
  readonly outputs: string;
  readonly modelType: string;
  readonly gates: string;
  readonly explanations: string;
  readonly whyTheseFigures: string;
}

const EXAM: DossierSubject = {
  name: 'breast-risk',
  title: 'Breast-cancer risk from a screening exam',
  tags: ['mammography', 'breast-cancer-risk', 'federated-learning'],
  pipelineTag: 'image-classification',
  summary:
    'From the one to four mammograms of a screening exam, and from facts about the woman where they are known, the model estimates the chance of a breast cancer within one to five years, the density class, and whether each view shows a finding.',
  intendedUse:
    'Research on risk-adapted breast screening: measuring the model on a cohort, comparing it with other models, recalibrating it at a site, and reading its opinion beside the own reading in a study. The opinion is shown after the own reading, never instead of it.',
  users: 'Researchers, and radiologists who take part in a study of the model.',
  howToUse:
    'unica predict --model NAME with the DICOM files of one exam; a node scores arriving exams where its owner has enabled the model. Use the calibration of the site where there is one.',
  population: 'Women who attend mammography screening, with digital mammograms meant for presentation.',
  outOfScope: [
    'Any decision about a person: the model is not a medical device.',
    'Women with breast implants, with breast cancer in their history, or with symptoms.',
    'Raw mammograms (For Processing), tomosynthesis, other views than CC and MLO: they are refused.',
    'Men, and women outside of the ages of screening.',
  ],
  risks: [
    'A low estimate may be taken for an all-clear. The model does not look for a cancer that is there; a normal estimate must not delay a work-up.',
    'Risk depends on how often cancer comes where it is used. Without recalibration at the site it may be told too high or too low.',
    'Films of devices that it did not learn from may shift its estimates; the gate before it says when films look unlike those it knows.',
  ],
  biases: [
    'Groups that were few in what it learned from are estimated less surely; the card tells the figures of each group, and withholds groups of fewer than 20 people.',
    'Facts about the woman are missing more often for some women than for others; the model fills in for them from the pictures, which is measured under "what is missing".',
  ],
  inputs:
    'Four places for mammograms of 128 × 96 grey values (right and left CC and MLO, any of them missing) and up to twelve facts about the woman, any of them missing.',
  outputs:
    'Risk for each of one to five years (never falling), four shares of density classes, a finding on each view, and which view it is.',
  modelType:
    'GroupNorm residual network for each picture, masked attention over the pictures, additive hazard over the years; the mean of several heads over one encoder answers.',
  gates:
    'Headers of wrong modality, body part, view, laterality or intent are refused; pictures unlike those that were learned from, implants and secondary captures are scored without a claim, and the reason stands beside the score.',
  explanations:
    'Exact Shapley values over the subsets of views and over the facts, which add up by construction. Maps are to be believed only where this card has a run that tested them.',
  whyTheseFigures:
    'Risk over years under censoring asks for concordance and time-dependent AUC (who is at higher risk), for expected over observed and calibration (whether the number may be taken at its word), and for net benefit and the share of cancers in the highest tenth (whether acting on it would help). Calibration at every site is the gate for release: a risk that is wrong in the mean is wrong for everybody it is told to.',
};

/** Decision 118. */
const EXAM_THAT_MEASURES =
  'GroupNorm residual network and fixed filters of the tissue for each picture, a map of findings, masked attention over the pictures for density and missing facts; additive hazard over the years from measures, density, findings and facts; the mean of several heads over one encoder answers.';
const EXAM_OF_TWO_SIDES =
  'GroupNorm residual network and fixed filters of the tissue for each picture, a map of findings; the pictures of each side put together and held against those of the other for a finding on that side; masked attention over the pictures for density and missing facts; additive hazard over the years from measures, density, findings and facts; the mean of several heads over one encoder answers.';

const NODULE: DossierSubject = {
  name: 'chest-nodule',
  title: 'Nodules on chest films',
  tags: ['chest-radiograph', 'lung-nodule', 'federated-learning'],
  pipelineTag: 'image-classification',
  summary:
    'The model says of a frontal chest film whether it shows a lung nodule or mass, and where, on a map that is part of its answer.',
  intendedUse:
    'Research on finding lung nodules on chest films: measuring the model on a cohort, comparing it with readers and other models, and reading its marks beside the own reading in a study.',
  users: 'Researchers, and radiologists who take part in a study of the model.',
  howToUse:
    'unica predict --model NAME with frontal chest films; a node scores arriving films where its owner has enabled the model.',
  population: 'Adults with a frontal chest film (PA or AP).',
  outOfScope: [
    'Any decision about a person: the model is not a medical device.',
    'Lateral films, CT slices, colour pictures and films of other body parts: they are refused.',
    'Nodules behind the heart and the diaphragm: none were among the examples.',
    'Ruling a nodule out.',
  ],
  risks: [
    'A nodule that is missed may be taken for an all-clear; small nodules are missed most, as the table over contrast and diameter in the report on chest nodules shows.',
    'Marks draw the eye, also to places where nothing is.',
    'Films of devices and windows that it did not learn from may shift its answers; the gate before it says when a film looks unlike those it knows.',
  ],
  biases: [
    'AP films come from sicker people in bed; a model may learn the projection instead of the finding. The report on chest nodules, of a network that learned from real films, has figures for each projection.',
    'Nodules were put in by physics, not chosen by disease: which people have them carries no information here, and in life it does.',
  ],
  inputs: 'A frontal chest film, brought to 256 × 256 grey values by the preprocessing contract.',
  outputs: 'The chance of a nodule, a map of 64 × 64 cells, and marks on the film.',
  modelType: 'Convolutional network without normalisation whose map is pooled by a log-sum-exp.',
  gates:
    'Headers of wrong modality, body part or view are refused; films unlike those that were learned from and secondary captures are scored without a claim, and the reason stands beside the score.',
  explanations:
    'The map of the answer itself; Grad-CAM, Grad-CAM++ and integrated gradients. A way to explain is tested by four gates where a row of this card says so, and carries "not faithful" where one fails.',
  whyTheseFigures:
    'Finding a thing in a picture asks for AUC over films (whether there is one), for sensitivity at a stated number of false marks (what a reader would have to look at), and for the pointing game (whether the right place is meant). The report on chest nodules tells figures over contrast and diameter, because one flattering size would say little.',
};

const GENERAL: DossierSubject = {
  name: 'film-model',
  title: 'A model of films',
  tags: ['medical-imaging', 'federated-learning'],
  pipelineTag: 'image-classification',
  summary: 'A residual network that says of a film whether what its task asks for is there.',
  intendedUse: 'Research on the task it was trained for: measuring it on a cohort, and comparing it with other models.',
  users: 'Researchers.',
  howToUse: 'unica evaluate --model DIR with labelled films of the task, before anything else.',
  population: 'People like those whose films it learned from; see the training transcript.',
  outOfScope: [
    'Any decision about a person: the model is not a medical device.',
    'Films of another modality, body part or view than its task names.',
  ],
  risks: [
    'An answer may be taken for more than it is: nothing is known of films that are unlike those it was measured on.',
  ],
  biases: ['Groups that were few in what it learned from are answered less surely.'],
  inputs: 'A film, brought to the size of the network by the preprocessing of its task.',
  outputs: 'The chance that what its task asks for is there.',
  modelType: 'Residual network.',
  gates: 'None of its own; the task says which films are taken.',
  explanations:
    'Grad-CAM and integrated gradients can be asked for; whether they are faithful to this model is known only where their gates were run.',
  whyTheseFigures:
    'A yes or no of each film asks for AUC (order), for accuracy at the usual threshold, and for the calibration error (whether the number may be taken at its word).',
};

const SURVIVAL: DossierSubject = {
  ...GENERAL,
  name: 'survival-model',
  title: 'A model of survival',
  tags: ['survival-analysis', 'federated-learning'],
  pipelineTag: 'tabular-regression',
  summary:
    'A proportional-hazards model that puts people in the order of their hazard by facts that are known of them.',
  howToUse:
    'model.onnx with the facts in the order in which it learned them; no command of this version reads tables for it.',
  population: 'People like those whose facts it learned from; see the training transcript.',
  outOfScope: [
    'Any decision about a person: the model is not a medical device.',
    'The chance of living until a certain day: it tells an order and has no baseline hazard.',
  ],
  risks: [
    'An answer may be taken for more than it is: it holds for facts measured and coded as those it learned from.',
  ],
  inputs: 'Facts about the person, each a number, none missing, in the units of the data it learned from.',
  outputs: 'The logarithm of the hazard, up to a constant: whose is higher is expected to meet the event earlier.',
  modelType: 'Linear proportional hazards, learned by the partial likelihood within each batch.',
  gates: 'None of its own.',
  explanations: 'Each fact adds its weight times its value to the log hazard; there is nothing else in it.',
  whyTheseFigures:
    'An order of people asks for the concordance index: the share of pairs of whom it tells who came first.',
};

/** What the dossier says a model is for, by what it is built for. */
export function subjectOf(spec: ModelSpec): DossierSubject {
  if (isExamSpec(spec)) {
    if (spec.greys === undefined) return EXAM;
    return { ...EXAM, modelType: spec.sides === undefined ? EXAM_THAT_MEASURES : EXAM_OF_TWO_SIDES };
  }
  if (isLinearCoxSpec(spec)) return SURVIVAL;
  return isNoduleSpec(spec) ? NODULE : GENERAL;
}
