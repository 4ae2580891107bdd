// Define a model, train it, explain it, export it. Run: node examples/engine.mjs pneumoniamnist.npz
import { readFile, writeFile } from 'node:fs/promises';
import * as engine from 'unica/engine';

const data = engine.readMedMnist(await readFile(process.argv[2]));
const network = engine.defineNetwork((net) => {
  let x = net.input('image', [1, data.train.height, data.train.width]);
  for (const [stage, filters] of [16, 32, 64].entries()) {
    x = engine.conv(x, { name: `conv${stage}`, filters, kernel: 3, stride: 2 });
    x = engine.relu(engine.groupNorm(x, { name: `norm${stage}`, groups: filters / 16 }));
  }
  const logits = engine.dense(engine.globalAveragePool(x), { name: 'dense', outputs: 1 });
  net.output('probability', engine.sigmoid(logits));
  net.loss(engine.binaryCrossEntropy(logits, net.target('label', [1])));
  net.explain({ logits, featureMap: x });
});
const [training, validation, test] = [data.train, data.val, data.test].map(engine.medMnistExamples);
const { parameters } = await engine.train({
  model: network, parameters: engine.initialParameters(network, 1), data: training, validation,
  epochs: 10, batchSize: 64, learningRate: 1e-3, seed: 1, optimiser: { kind: 'adam' }, keep: 'best-validation',
});
const scores = await engine.predict(network, parameters, test.inputs, test.count);
console.log('AUC on the test part:', engine.auc(test.targets.label, scores));
await writeFile('model.onnx', engine.exportOnnx(network, parameters));
