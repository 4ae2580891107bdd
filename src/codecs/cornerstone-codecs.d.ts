/** What the modules that Emscripten made hand out; they bring no types. */
declare module '@cornerstonejs/codec-openjpeg/decodewasmjs' {
  const factory: import('./wasm-decoder.ts').Factory;
  export default factory;
}
declare module '@cornerstonejs/codec-openjph/wasmjs' {
  const factory: import('./wasm-decoder.ts').Factory;
  export default factory;
}
