import wasmAddress from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import { env, InferenceSession, Tensor } from 'onnxruntime-web/wasm';

// One thread, and the runtime from the house that served this script: nothing is fetched from anywhere else.
env.wasm.numThreads = 1;
env.wasm.wasmPaths = { wasm: wasmAddress };

export { InferenceSession, Tensor };
