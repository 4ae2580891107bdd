import { type DossierSource, isSynthetic, runsOf } from './dossier-source.ts';
import { type DossierDocument, heading, list, notice, table, text } from './dossier-text.ts';

type Standing = 'done' | 'in part' | 'not done';
type Practice = readonly [code: string, practice: string, standing: Standing, evidence: string];

/**
 * The 30 practices of FUTURE-AI with what was done. Their short titles are those of Lekadir et al., BMJ 2025;388:e081554
 * (doi 10.1136/bmj-2024-081554): three on fairness, four on universality, six on traceability, five on usability, three on
 * robustness, two on explainability, seven general ones.
 */
export function futureAi(source: DossierSource): DossierDocument {
  const practices = practicesOf(source);
  const count = (wanted: Standing) => practices.filter(([, , standing]) => standing === wanted).length;
  return {
    name: 'future-ai',
    title: 'FUTURE-AI scorecard',
    frontMatter: null,
    blocks: [
      heading(1, 'FUTURE-AI scorecard'),
      text(
        'The 30 practices of FUTURE-AI: international consensus guideline for trustworthy and deployable artificial intelligence in healthcare (Lekadir and others, BMJ 2025;388:e081554), answered by who made the model. "Not done" is an answer: it says what a user must not take for granted.',
      ),
      text(`Done: ${count('done')}. In part: ${count('in part')}. Not done: ${count('not done')}.`),
      table(
        ['code', 'practice', 'standing', 'evidence, or what is missing'],
        practices.map((practice) => [...practice]),
      ),
    ],
  };
}

function practicesOf(source: DossierSource): readonly Practice[] {
  const made = isSynthetic(source);
  const groups = [...source.runs.values()].some((run) => run.groups.length > 0);
  const isTold = [...source.runs.values()].some((run) => run.groups.some(({ figures }) => figures !== null));
  const sites = new Set([...source.runs.values()].flatMap((run) => run.data.flatMap((one) => one.sites))).size;
  const gates = runsOf(source, 'explanations').length > 0;
  const isPilot = source.subject.name !== 'film-model';
  /** Of the models that the product ships its makers know what was not done; of others only what is recorded. */
  const unsaid = (words: string) => (made ? words : 'Nothing about it is recorded with this model.');
  return [
    [
      'F1',
      'Define any potential sources of bias from an early stage',
      'in part',
      'Known sources are listed in the model card; they were not worked out with people of the groups concerned.',
    ],
    [
      'F2',
      "Collect information on individuals' and data attributes",
      groups ? 'in part' : 'not done',
      groups
        ? 'Runs keep figures of the groups that the model card names; ethnicity and social standing are not among them.'
        : 'No run kept attributes of people.',
    ],
    [
      'F3',
      'Evaluate potential biases and, when needed, bias correction measures',
      isTold ? 'in part' : 'not done',
      isTold
        ? 'Figures of groups with intervals are in the model card; groups of fewer than 20 people are withheld. No measure of correction beyond recalibration at sites was tried.'
        : groups
          ? 'All groups that were measured have fewer than 20 people and are withheld.'
          : 'No figures of groups were measured.',
    ],
    [
      'Un1',
      'Define intended clinical settings and cross-setting variations',
      'in part',
      'Settings and what is out of scope stand in the model card; variations between settings are those of the sites of the runs.',
    ],
    [
      'Un2',
      'Use community-defined standards',
      'done',
      'DICOM in and out, ONNX and safetensors for weights, HL7 FHIR for reports, preprocessing as a contract with a digest.',
    ],
    [
      'Un3',
      'Evaluate using external datasets and/or multiple sites',
      sites > 1 && !made ? 'in part' : 'not done',
      made
        ? `${sites} sites, all made by the product: none of them is external evidence.`
        : `${sites} sites; none outside of those that took part.`,
    ],
    [
      'Un4',
      'Evaluate and demonstrate local clinical validity',
      'not done',
      'A site can measure the model on its own people with unica evaluate --cohort; no site has.',
    ],
    [
      'R1',
      'Define sources of data variation from an early stage',
      isPilot ? 'in part' : 'not done',
      !isPilot
        ? 'Nothing about it is recorded with this model.'
        : 'Devices, sites, polarity, windows, crop and missing views are varied or tested; faults of acquisition and attacks on the input are not.',
    ],
    [
      'R2',
      'Train with representative real world data',
      made ? 'not done' : 'in part',
      made
        ? 'Everything that it learned from was made. No real film, no real person.'
        : 'Films of the sites that took part; whether they are representative of others was not examined.',
    ],
    [
      'R3',
      'Evaluate and optimise robustness against real world variations',
      isPilot ? 'in part' : 'not done',
      !isPilot
        ? 'The model has no gate of its own.'
        : 'A gate before the model refuses or marks films that are unlike those it knows; its figures are in the report on the film gate.',
    ],
    [
      'T1',
      'Implement a risk management process throughout the AI lifecycle',
      'not done',
      'Known risks are listed; there is no process by ISO 14971 or the like.',
    ],
    [
      'T2',
      'Provide documentation (eg, technical, clinical)',
      'done',
      'This dossier, with every figure bound to the record of its run by a digest.',
    ],
    [
      'T3',
      'Define mechanisms for quality control of the AI inputs and outputs',
      isPilot ? 'done' : 'in part',
      source.subject.gates,
    ],
    [
      'T4',
      'Implement a system for periodic auditing and updating',
      'in part',
      'Versions, states and their reasons are kept in a register and a journal; nobody has been named who audits when.',
    ],
    [
      'T5',
      'Implement a logging system for usage recording',
      'in part',
      'Nodes keep what was scored with which version; who read the result is known only where it was read in the portal.',
    ],
    [
      'T6',
      'Establish mechanisms for AI governance',
      'in part',
      'Owners of nodes enable and stop models, a coordinator registers and retires them, both with reasons; no board oversees this model.',
    ],
    [
      'Us1',
      'Define intended use and user requirements from an early stage',
      'in part',
      'Intended use stands in the model card; requirements were not gathered from users.',
    ],
    [
      'Us2',
      'Establish mechanisms for human-AI interactions and oversight',
      'in part',
      'The opinion is off by default and shown after the own reading; disagreement can be recorded with its reason. Not tried with readers.',
    ],
    [
      'Us3',
      'Provide training materials and activities (eg, tutorials, hands-on sessions)',
      'in part',
      'Written guides exist; no course was held.',
    ],
    [
      'Us4',
      'Evaluate user experience and acceptance with independent end users',
      'not done',
      unsaid('No such study was made.'),
    ],
    [
      'Us5',
      'Evaluate clinical utility and safety (eg, effectiveness, harm, cost-benefit)',
      'not done',
      unsaid('Decision curves are no study of use. No trial was made.'),
    ],
    [
      'E1',
      'Define the need and requirements for explainability with end users',
      'not done',
      unsaid('What is explained was chosen by who made the model.'),
    ],
    [
      'E2',
      'Evaluate explainability with end users (eg, correctness, impact on users)',
      gates ? 'in part' : 'not done',
      gates
        ? 'Maps were tested by computation (gates in the model card); their effect on readers was not.'
        : 'Neither by computation for this version, nor with readers.',
    ],
    [
      'G1',
      'Engage interdisciplinary stakeholders throughout the AI lifecycle',
      'not done',
      unsaid('No clinicians, patients or ethicists took part in making this version.'),
    ],
    [
      'G2',
      'Implement measures for data privacy and security',
      'done',
      made
        ? 'No data of people were used. The training was a simulation in one process: nothing had to be masked, and no budget was spent.'
        : 'No image leaves a site, and opt-outs take effect before the next round; how updates were added up and what noise was added stands in the training transcript.',
    ],
    [
      'G3',
      'Implement measures to address identified AI risks',
      'in part',
      'Gates, recalibration at sites, intervals and sets beside scores, and marks on everything that it is research only.',
    ],
    [
      'G4',
      'Define adequate evaluation plan (eg, datasets, metrics, reference methods)',
      made ? 'in part' : 'not done',
      unsaid(
        'Goals are told whether they were reached or not; some figures were added after earlier results had been seen, and no plan was registered anywhere.',
      ),
    ],
    [
      'G5',
      'Identify and comply with applicable AI regulatory requirements',
      'in part',
      'The regulations that would apply are named in the technical documentation; conformity was not assessed, and the model is not placed on the market.',
    ],
    [
      'G6',
      'Investigate and address application specific ethical issues',
      'not done',
      unsaid('No ethical review of this model was made.'),
    ],
    [
      'G7',
      'Investigate and address social and societal issues',
      'not done',
      unsaid('Effects on work, skills and the environment were not examined.'),
    ],
  ];
}

/**
 * The seven requirements of the Assessment List for Trustworthy AI with their sections, by the High-Level Expert Group on AI set up
 * by the European Commission (17 July 2020).
 */
export function altai(source: DossierSource): DossierDocument {
  const made = isSynthetic(source);
  const { subject } = source;
  return {
    name: 'altai',
    title: 'ALTAI self-assessment',
    frontMatter: null,
    blocks: [
      heading(1, 'ALTAI self-assessment'),
      text(
        'Answers to the Assessment List for Trustworthy Artificial Intelligence of the High-Level Expert Group on AI (July 2020), by its seven requirements and their sections. It is a self-assessment of who made the model, not an audit.',
      ),
      heading(2, '1. Human Agency and Oversight'),
      list([
        'Human agency and autonomy: every output says that it comes from a model and is research only. The opinion is hidden until the reader asks for it, so that the own reading comes first. Whether readers over-rely on it was not studied.',
        'Human oversight: a human in command. The owner of a node enables a model, sees what it scored, and stops it with one switch that works without the network. No output triggers an action.',
      ]),
      heading(2, '2. Technical Robustness and Safety'),
      list([
        'Resilience to attack and security: weights, graph and every part are held to digests, and one changed byte is refused. Attacks on pictures, and poisoned updates beyond what the strategies for robust averaging withstand, were not examined for this model.',
        `General safety: ${subject.gates}`,
        'Accuracy: figures with intervals are in the model card, goals that were missed among them.',
        'Reliability, fall-back plans and reproducibility: the same seed, data and code on the same kind of processor give the same weights. Where the model fails, the study is read as before: nothing waits for it.',
      ]),
      heading(2, '3. Privacy and Data Governance'),
      list([
        made
          ? 'Privacy: no person was involved; all examples were made from a seed.'
          : 'Privacy: images and rows about people stayed at their sites; how updates were added up and what noise was added stands in the training transcript.',
        made
          ? 'Data governance: the seeds of what was learned from, and digests of it and of the code where they were kept, stand in the training transcript.'
          : 'Data governance: the digests of what was learned from, of the people it came from after opt-outs, and of the code stand in the training transcript.',
      ]),
      heading(2, '4. Transparency'),
      list([
        'Traceability: each figure is bound to the record of its run; unica model verify tells whether one differs.',
        `Explainability: ${subject.explanations}`,
        'Communication: purpose, limits and intended users stand in the model card and, in short, on every result.',
      ]),
      heading(2, '5. Diversity, Non-discrimination and Fairness'),
      list([
        `Avoidance of unfair bias: ${subject.biases.join(' ')}`,
        'Accessibility and universal design: the pages that show results follow WCAG at level AA and speak eleven languages.',
        'Stakeholder participation: nobody outside of the makers took part in this version.',
      ]),
      heading(2, '6. Societal and Environmental Well-being'),
      list([
        'Environmental well-being: the network is small and learns on ordinary processors. Energy was not measured.',
        'Impact on work and skills: not examined.',
        'Impact on society at large or democracy: not examined; none is expected of research use.',
      ]),
      heading(2, '7. Accountability'),
      list([
        'Auditability: decisions about the model are in an append-only journal with signed checkpoints.',
        'Risk management: known risks are in the model card; there is no formal process of risk management.',
      ]),
    ],
  };
}

/** The technical documentation by the nine points of Annex IV of Regulation (EU) 2024/1689. */
export function annexIv(source: DossierSource): DossierDocument {
  const { subject, version } = source;
  const made = isSynthetic(source);
  return {
    name: 'annex-iv',
    title: 'Technical documentation (AI Act, Annex IV)',
    frontMatter: null,
    blocks: [
      heading(1, 'Technical documentation by Annex IV of the AI Act'),
      text(
        'In the order of Annex IV of Regulation (EU) 2024/1689 (technical documentation referred to in Article 11(1)). The model is for scientific research and is not placed on the market or put into service; the documentation is kept in this form so that nothing has to be found out later.',
      ),
      notice('This is no claim of conformity. No conformity assessment was made.'),
      heading(2, '1. General description of the AI system'),
      list([
        `Intended purpose: ${subject.intendedUse}`,
        `Provider: whoever ran the training named in the training transcript. Version: ${version}. Earlier versions: see the register of the hub.`,
        'Interaction with hardware and software: films come as DICOM files from archives and workstations; results go back as DICOM objects and FHIR documents.',
        'Versions of software: in the record of each run.',
        'Forms: a folder with weights (safetensors), graph (ONNX, opset 17) and this dossier; served by the unica program and in the browser.',
        'Hardware: any machine that runs ONNX Runtime on a processor; no accelerator is needed.',
        `User interface and instructions for use: ${subject.howToUse}`,
      ]),
      heading(2, '2. Elements of the AI system and the process of its development'),
      list([
        made
          ? 'Methods and steps: federated averaging over sites, simulated in one process, then calibration; in the training transcript. No pre-trained system of others was used.'
          : 'Methods and steps: by the strategy that the training transcript names, and from the weights that it goes on from.',
        `Design: ${subject.modelType}`,
        `Input and output: ${subject.inputs} ${subject.outputs}`,
        'Architecture and resources: the specification is in model.json; the seconds of rounds are in the training transcript where they were kept.',
        made
          ? 'Data: made from seeds, so that the truth is known exactly. Their origin and number, and digests where they were kept, are in the training transcript.'
          : 'Data: of the sites named in the training transcript, with digests of the versions that were learned from, after opt-outs.',
        'Human oversight (Article 14): the opinion is off until it is asked for; uncertainty and reasons against believing it stand beside it; a switch stops it.',
        'Changes determined beforehand: recalibration at a site (slope, intercepts, shift, thresholds of sets); it changes the version of the results and not the weights.',
        'Validation and testing: data sets apart by person, figures with intervals, in the model card; records of the runs lie in this dossier.',
        'Cybersecurity: signed requests, nodes that only dial out, digests of all parts; updates are masked where a job asks for it.',
      ]),
      heading(2, '3. Monitoring, functioning and control'),
      list([
        'Capabilities and limits, with the accuracy for groups of people: in the model card.',
        ...subject.risks.map((risk) => `Foreseeable risk: ${risk}`),
        `Specifications on input data: ${subject.gates}`,
      ]),
      heading(2, '4. Appropriateness of the performance metrics'),
      text(subject.whyTheseFigures),
      heading(2, '5. Risk management system (Article 9)'),
      text(
        'Not established as a system. What is done about known risks: gates before the model, intervals and sets beside its scores, recalibration at sites, marks of research use on all outputs, and a switch at every node.',
      ),
      heading(2, '6. Relevant changes through the lifecycle'),
      text(
        'The register of the hub keeps states with their reasons; the training transcript names what this version goes on from. A change of weights, preprocessing, gate or calibration is a new version.',
      ),
      heading(2, '7. Harmonised standards'),
      text('None were applied. Other specifications: DICOM PS3, HL7 FHIR R4, ONNX, WCAG.'),
      heading(2, '8. EU declaration of conformity (Article 47)'),
      text('There is none. The model is not placed on the market.'),
      heading(2, '9. System to evaluate the performance after the market phase begins (Article 72)'),
      text(
        'There is no plan for monitoring after market entry, because there is no market entry. A node can watch its own films and scores for drift with histograms that do not tell of persons, and measure the model on its own cohort.',
      ),
    ],
  };
}
